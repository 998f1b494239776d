package dev.lastcall.support.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the command line of a container asks of the engine: vLLM's own flags, and {@code --lastcall-…} flags for what a
 * real one takes from its hardware.
 *
 * @param model the name requests and metrics use
 * @param port from {@code --port}, if given
 * @param shutdownTimeout {@code --shutdown-timeout}, whole seconds; zero = in-flight work is dropped on SIGTERM
 * @param maxRunning {@code --max-num-seqs}: more than these wait
 * @param maxWaiting {@code --max-num-queued-reqs}: more than these are refused with 503; empty = no limit
 * @param startup {@code --lastcall-startup-ms}: the port refuses connections that long
 * @param firstToken {@code --lastcall-ttft-ms}
 * @param interToken {@code --lastcall-itl-ms}
 * @param flush {@code --lastcall-flush-ms}: tokens that fall into this time share one chunk
 * @param refuseAfter {@code --lastcall-refuse-ms}: from the loss of the engine to the closed port, seen 150 to 500 ms
 * @param exitAfterDrain {@code --lastcall-exit-ms}: from the last byte of a drain to the exit, seen 7 s
 * @param groupDeath {@code --lastcall-group-death-ms}: from SIGTERM to the whole process group to the errors, seen 3.8 s
 * @param abortsOnTerm {@code --lastcall-abort-on-sigterm}: in-flight work ends with finish_reason "abort" instead of
 *     silence. The observed 0.32 never did this; vLLM's own shutdown tests accept it, and the abort counter needs a use
 */
public record EngineOptions(
        String model,
        OptionalInt port,
        Duration shutdownTimeout,
        int maxRunning,
        OptionalInt maxWaiting,
        Duration startup,
        Duration firstToken,
        Duration interToken,
        Duration flush,
        Duration refuseAfter,
        Duration exitAfterDrain,
        Duration groupDeath,
        boolean abortsOnTerm) {

    /** Flags of ours that take no value, and the commonest of vLLM's, so that the next word isn't taken for one. */
    private static final List<String> SWITCHES =
            List.of("--lastcall-abort-on-sigterm", "--enforce-eager", "--trust-remote-code", "--enable-prefix-caching");

    private static final List<String> OWN = List.of(
            "--lastcall-startup-ms",
            "--lastcall-ttft-ms",
            "--lastcall-itl-ms",
            "--lastcall-flush-ms",
            "--lastcall-refuse-ms",
            "--lastcall-exit-ms",
            "--lastcall-group-death-ms",
            "--lastcall-abort-on-sigterm");

    /** From a command line such as {@code vllm serve tiny --shutdown-timeout 30}; a shell's {@code -c} line also works. */
    public static EngineOptions parse(List<String> command) {
        List<String> words = words(command);
        Map<String, String> flags = flags(words);
        for (String flag : flags.keySet()) {
            if (flag.startsWith("--lastcall-") && !OWN.contains(flag)) {
                throw new IllegalArgumentException("unknown flag " + flag + "; known: " + String.join(" ", OWN));
            }
        }
        String named = flags.getOrDefault("--served-model-name", flags.getOrDefault("--model", positional(words)));
        Function<String, OptionalInt> number =
                flag -> flags.containsKey(flag) ? OptionalInt.of(parseInt(flag, flags.get(flag))) : OptionalInt.empty();
        Function<String, Function<Integer, Duration>> millis =
                flag -> standard -> Duration.ofMillis(number.apply(flag).orElse(standard));
        return new EngineOptions(
                named,
                number.apply("--port"),
                Duration.ofSeconds(number.apply("--shutdown-timeout").orElse(0)),
                number.apply("--max-num-seqs").orElse(256),
                number.apply("--max-num-queued-reqs"),
                millis.apply("--lastcall-startup-ms").apply(0),
                millis.apply("--lastcall-ttft-ms").apply(50),
                millis.apply("--lastcall-itl-ms").apply(20),
                millis.apply("--lastcall-flush-ms").apply(100),
                millis.apply("--lastcall-refuse-ms").apply(300),
                millis.apply("--lastcall-exit-ms").apply(7000),
                millis.apply("--lastcall-group-death-ms").apply(3800),
                flags.containsKey("--lastcall-abort-on-sigterm"));
    }

    /** {@link #parse(List)} of {@code vllm serve tiny} and these flags. */
    public static EngineOptions tiny(String... flags) {
        return parse(Stream.concat(Stream.of("vllm", "serve", "tiny"), Stream.of(flags))
                .toList());
    }

    /** How long an idle engine takes from SIGTERM to its exit: seen 1.7 s by default, 8.3 s with a shutdown time-out. */
    Duration idleExit() {
        return shutdownTimeout.isZero() ? Duration.ofMillis(1700) : exitAfterDrain.plusMillis(1300);
    }

    /** A command line as single words, whether it was given as such or as a line for a shell. */
    static List<String> words(List<String> command) {
        return command.stream()
                .flatMap(part -> Stream.of(part.strip().split("\\s+")))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static Map<String, String> flags(List<String> words) {
        Map<String, String> flags = words.stream()
                .filter(word -> word.startsWith("--") && word.contains("="))
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (first, last) -> last));
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.startsWith("--") && !word.contains("=")) {
                boolean valued = !SWITCHES.contains(word)
                        && i + 1 < words.size()
                        && !words.get(i + 1).startsWith("--");
                flags.put(word, valued ? words.get(i + 1) : "");
            }
        }
        return flags;
    }

    /** The word after {@code serve}, if it is no flag. */
    private static String positional(List<String> words) {
        List<String> rest = new ArrayList<>(words.subList(words.indexOf("serve") + 1, words.size()));
        return words.contains("serve") && !rest.isEmpty() && !rest.getFirst().startsWith("-")
                ? rest.getFirst()
                : "tiny";
    }

    private static int parseInt(String flag, @Nullable String value) {
        try {
            return Integer.parseInt(String.valueOf(value));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(flag + " needs a whole number, not '" + value + "'", e);
        }
    }
}
