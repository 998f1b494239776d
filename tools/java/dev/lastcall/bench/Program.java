package dev.lastcall.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A program to be measured and how it is run. {@value #PORT} and {@value #SECOND_PORT} stand for free ports of each start.
 *
 * @param name as the table shows it
 * @param wrapper what starts it: ends by replacing itself with the command, so that it costs time and no memory
 * @param environment all of it
 * @param ready URL whose first 200 ends the start
 * @param metrics URL of what it publishes
 * @param size on disk, and compressed
 */
record Program(
        String name,
        List<String> wrapper,
        List<String> command,
        Map<String, String> environment,
        String ready,
        String metrics,
        ProgramSize size) {

    static final String PORT = "{port}";
    static final String SECOND_PORT = "{second-port}";

    List<String> commandLine(int port, int secondPort) {
        return words(command).map(word -> at(word, port, secondPort)).toList();
    }

    /** The same start with a program that ends at once: what {@link #wrapper} and a new process take by themselves. */
    List<String> emptyCommandLine() {
        return words(List.of("true")).toList();
    }

    static String at(String text, int port, int secondPort) {
        return text.replace(PORT, Integer.toString(port)).replace(SECOND_PORT, Integer.toString(secondPort));
    }

    private Stream<String> words(List<String> last) {
        // env -i: nothing that is set on this machine (KUBECONFIG, LASTCALL_...) reaches it.
        List<String> words = new ArrayList<>(List.of("env", "-i"));
        environment.forEach((key, value) -> words.add(key + "=" + value));
        words.addAll(wrapper);
        words.addAll(last);
        return words.stream();
    }
}
