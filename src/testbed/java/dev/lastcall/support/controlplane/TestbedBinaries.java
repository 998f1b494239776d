package dev.lastcall.support.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where {@code src/test/testbed/build} put etcd, the Kubernetes programs and the metadata mock. */
public final class TestbedBinaries {

    private final Path directory;

    private TestbedBinaries(Path directory) {
        this.directory = directory;
    }

    /**
     * Asks the build script, because only it knows which pins are current. The system property {@code testbed.bin}
     * names a directory instead, for a program that runs outside the checkout.
     */
    public static TestbedBinaries locate() {
        String given = System.getProperty("testbed.bin");
        return new TestbedBinaries(given != null ? Path.of(given) : askScript());
    }

    /**
     * The program of that name.
     *
     * @throws IllegalStateException if it has not been built yet
     */
    public Path path(String program) {
        Path file = directory.resolve(program);
        if (!Files.isExecutable(file)) {
            throw new IllegalStateException(
                    program + " is not built yet (looked in " + directory + "): run `make testbed` once");
        }
        return file;
    }

    /** True if every program named is there. */
    public boolean has(String... programs) {
        for (String program : programs) {
            if (!Files.isExecutable(directory.resolve(program))) {
                return false;
            }
        }
        return true;
    }

    private static Path askScript() {
        Path script = script();
        try {
            Process process = new ProcessBuilder(script.toString(), "--bin-dir")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0 || answer.isEmpty()) {
                throw new IllegalStateException(script + " --bin-dir failed; see above");
            }
            return Path.of(answer);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + script, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + script, e);
        }
    }

    /** The build script; what else a testbed needs lies beside it. */
    public static Path script() {
        @Nullable Path directory = Path.of("").toAbsolutePath();
        while (directory != null) {
            Path script = directory.resolve("src/test/testbed/build");
            if (Files.isExecutable(script)) {
                return script;
            }
            directory = directory.getParent();
        }
        throw new IllegalStateException(
                "src/test/testbed/build not found above " + Path.of("").toAbsolutePath()
                        + ": run inside the checkout, or name the directory of the programs with -Dtestbed.bin=DIR");
    }
}
