package dev.lastcall.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What src/test/testbed/peers/build has to say about the programs that are measured beside the agent. */
public record Peers(Map<String, Peer> byName) {

    static final String NODE_EXPORTER = "prometheus-node-exporter";
    public static final String NODE_TERMINATION_HANDLER = "aws-node-termination-handler";

    private static final Path BUILD = Path.of("src/test/testbed/peers/build");

    /**
     * @param program where it lies; empty if it can't be had
     * @param words its version, else the reason why it is not there
     */
    public record Peer(Optional<Path> program, String words) {}

    /** Builds or downloads what is not there yet, which can take minutes. */
    public static Peers bring() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(BUILD.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(BUILD + " ended with " + process.exitValue() + "; see above");
        }
        return parse(answer);
    }

    /** Lines of {@code NAME PATH VERSION} or {@code NAME - REASON}. */
    static Peers parse(String answer) {
        Map<String, Peer> peers = new LinkedHashMap<>();
        answer.lines().forEach(line -> {
            String[] words = line.split(" ", 3);
            if (words.length < 3 || words[2].isBlank()) {
                throw new IllegalArgumentException("not NAME PATH VERSION nor NAME - REASON: " + line);
            }
            Optional<Path> program =
                    Optional.of(words[1]).filter(path -> !path.equals("-")).map(Path::of);
            peers.put(words[0], new Peer(program, words[2]));
        });
        return new Peers(peers);
    }

    public Peer peer(String name) {
        return byName.getOrDefault(name, new Peer(Optional.empty(), "src/test/testbed/peers/build does not know it"));
    }
}
