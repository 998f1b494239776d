package dev.lastcall.support.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The real vLLM for CPU that {@code src/test/vllm/install} puts into the cache. */
public final class VllmInstallation {

    /** Tests against it take minutes and a gigabyte, so they run only when this system property is true. */
    public static final String PROPERTY = "lastcall.vllm";

    private VllmInstallation() {}

    public static boolean wanted() {
        return Boolean.getBoolean(PROPERTY);
    }

    /** Installs it unless it is there; what it does, and what is missing, it says on this process's stderr. */
    public static void ensure() throws IOException, InterruptedException {
        Path install = script("install");
        int code = new ProcessBuilder(install.toString()).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IllegalStateException(install + " failed with exit code " + code + "; see above");
        }
    }

    /** A script of {@code src/test/vllm}, from anywhere inside the checkout. */
    static Path script(String name) {
        @Nullable Path directory = Path.of("").toAbsolutePath();
        while (directory != null) {
            Path script = directory.resolve("src/test/vllm").resolve(name);
            if (Files.isExecutable(script)) {
                return script;
            }
            directory = directory.getParent();
        }
        throw new IllegalStateException("src/test/vllm/" + name + " not found above "
                + Path.of("").toAbsolutePath() + ": run inside the checkout");
    }
}
