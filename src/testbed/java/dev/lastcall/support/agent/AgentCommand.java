package dev.lastcall.support.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the agent is called: the jar, or whatever {@code -Dlastcall.agent=PATH} names.
 *
 * @param javaOptions a native executable is given the properties ({@code -D}) only
 * @param polite with less claim on the processor than other processes
 */
record AgentCommand(List<String> javaOptions, List<String> arguments, boolean polite) {

    List<String> line() throws IOException {
        Path agent = Path.of(System.getProperty("lastcall.agent", "target/quarkus-app/quarkus-run.jar"))
                .toAbsolutePath();
        if (!Files.isRegularFile(agent)) {
            throw new IllegalStateException(agent + " is not there; build it with: make jar");
        }
        List<String> line = new ArrayList<>(polite ? List.of("nice", "-n", "10") : List.of());
        if (agent.toString().endsWith(".jar")) {
            line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            line.addAll(javaOptions);
            line.addAll(ClassArchive.options(line, agent));
            line.add("-jar");
            line.add(agent.toString());
        } else {
            line.add(agent.toString());
            javaOptions.stream().filter(option -> option.startsWith("-D")).forEach(line::add);
        }
        line.addAll(arguments);
        return line;
    }
}
