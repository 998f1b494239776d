package dev.lastcall.gpu.nvml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * JNA's own library, libjnidispatch.so. From a jar JNA unpacks it into a temporary folder; a native executable has it lying
 * beside itself and unpacks nothing, so that it also runs where no file may be written.
 */
final class DispatchLibrary {

    static final String NAME = "libjnidispatch.so";

    /**
     * Where JNA looks for a library that is named without a folder. It would otherwise run ldconfig to ask for more of them, a process at
     * each start, for what dlopen has from the same cache: JNA asks dlopen when no folder has the library.
     */
    private static final String FOLDERS =
            "/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu:/usr/lib64:/lib64:/usr/lib:/lib";

    private static final Path THIS_EXECUTABLE = Path.of("/proc/self/exe");

    private DispatchLibrary() {}

    /** Tells JNA where to look, before its first class is initialised. @return what is wrong, for the log */
    static Optional<String> locate() {
        boolean nativeExecutable = "runtime".equals(System.getProperty("org.graalvm.nativeimage.imagecode"));
        return nativeExecutable ? locate(THIS_EXECUTABLE, System.getProperties()) : Optional.empty();
    }

    /** A place that was given on the command line stays. */
    static Optional<String> locate(Path executable, Properties system) {
        if (system.getProperty("jna.boot.library.path") != null) {
            return Optional.empty();
        }
        try {
            Path folder = executable.toRealPath().getParent();
            if (folder == null || !Files.isReadable(folder.resolve(NAME))) {
                return Optional.of(NAME + " is not in " + folder + ", beside the executable: GPUs can't be read");
            }
            system.setProperty("jna.boot.library.path", folder.toString());
            system.setProperty("jna.nounpack", "true");
            system.putIfAbsent("jna.platform.library.path", FOLDERS);
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
