package dev.lastcall.support.images;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The agent's own images, as {@code make image} builds them. */
public enum AgentImage {
    JVM("jvm", Path.of("target/image/lastcall-agent-jvm.tar.gz"), Path.of("target/quarkus-app/quarkus-run.jar")),
    NATIVE("native", Path.of("target/image/lastcall-agent.tar.gz"), Path.of("target/lastcall-agent"));

    private static final Path SBOM = Path.of("target/bom.json");
    private static final Path LOCK = Path.of("target/image/lock");

    private final String variant;
    private final Path archive;
    private final Path program;

    AgentImage(String variant, Path archive, Path program) {
        this.variant = variant;
        this.archive = archive;
        this.program = program;
    }

    /** That of the program which the tests run: of the native executable where {@code -Dlastcall.agent} names it. */
    public static AgentImage underTest() {
        return System.getProperty("lastcall.agent", ".jar").endsWith(".jar") ? JVM : NATIVE;
    }

    /** How a script ended and what it said. */
    public record Run(int code, String output) {
        public String lastLine() {
            return output.lines().reduce("", (before, line) -> line);
        }
    }

    /** What keeps it from being built here, in words a person can act on. */
    public Optional<String> missing() throws IOException, InterruptedException {
        if (!Files.isRegularFile(program)) {
            return Optional.of(program + " is not there; make " + (this == JVM ? "jar" : "native") + " builds it");
        }
        Run made = inTurn(() -> run("make", "--silent", SBOM.toString()));
        if (made.code() != 0) {
            return Optional.of("the SBOM can't be made here (its plugin asks Maven's registry): " + made.lastLine());
        }
        return Optional.empty();
    }

    /** Builds it if it is not there or older than the program. @return the archive */
    public Path archive() throws IOException, InterruptedException {
        return inTurn(() -> {
            if (!Files.isRegularFile(archive)
                    || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(program)) < 0) {
                Run built = script();
                if (built.code() != 0) {
                    throw new IOException(
                            "native/image/build " + variant + " ended with " + built.code() + ": " + built.output());
                }
            }
            return archive;
        });
    }

    /** Builds it in any case. @param options of {@code native/image/build} */
    public Run build(String... options) throws IOException, InterruptedException {
        return inTurn(() -> script(options));
    }

    private Run script(String... options) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("native/image/build", variant));
        line.addAll(List.of(options));
        return run(line.toArray(String[]::new));
    }

    /** Runs a script of the repository to its end. */
    public static Run run(String... line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Run(process.waitFor(), output);
    }

    /** What takes its turn: tests side by side share {@code target/}, and one image is not built twice at the same time. */
    private interface Turn<T> {
        T take() throws IOException, InterruptedException;
    }

    private static <T> T inTurn(Turn<T> turn) throws IOException, InterruptedException {
        Files.createDirectories(LOCK.getParent());
        try (FileChannel file = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            return turn.take();
        }
    }
}
