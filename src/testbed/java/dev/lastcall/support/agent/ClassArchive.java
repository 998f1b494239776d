package dev.lastcall.support.agent;

import dev.lastcall.support.controlplane.FreePort;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The packaged program's classes, parsed once for all the agents that tests start on a JVM: what the JVM calls a dynamic archive (JEP 350). It
 * spares a quarter of a start's processor time, and changes nothing else. Made by the first that needs it, again when the program is newer; the
 * system property {@value #PROPERTY} says where, and without it there is none.
 */
final class ClassArchive {
    static final String PROPERTY = "testbed.class-archive";

    /** An archive that does not fit is passed over in silence: tests read what an agent prints. */
    private static final String QUIET = "-Xlog:cds*=off";

    private ClassArchive() {}

    /** What to add to the JVM's options. */
    static synchronized List<String> options(List<String> java, Path program) throws IOException {
        String where = System.getProperty(PROPERTY, "");
        if (where.isEmpty()) {
            return List.of();
        }
        Path archive = Path.of(where);
        try (FileChannel lock = FileChannel.open(
                        Path.of(where + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = lock.lock()) {
            if (!Files.exists(archive)
                    || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(program)) < 0) {
                make(java, program, archive);
            }
        }
        return Files.exists(archive) ? List.of(QUIET, "-XX:SharedArchiveFile=" + archive) : List.of();
    }

    /** An agent that finds nothing: no API server, no cloud, no GPU. It ends as soon as it has started. */
    private static void make(List<String> java, Path program, Path archive) throws IOException {
        Path next = Path.of(archive + ".next");
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of(QUIET, "-XX:ArchiveClassesAtExit=" + next, "-jar", program.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "KUBECONFIG", "none.kubeconfig",
                        "KUBERNETES_MASTER", "http://127.0.0.1:1",
                        "LASTCALL_NODE_NAME", "none",
                        "LASTCALL_NOTICE_PROVIDER", "none",
                        "LASTCALL_GPU_LIBRARY", "libnvidia-ml-absent.so.1",
                        "LASTCALL_HTTP_PORT", Integer.toString(FreePort.find())));
        Process process = builder.start();
        // Whoever waits for the lock waits for this start: one that hangs is ended, and its output with it.
        process.onExit().orTimeout(1, TimeUnit.MINUTES).exceptionally(late -> process.destroyForcibly());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.contains("Installed features")) {
                    // Process.destroy would close the stream that is read here.
                    process.toHandle().destroy();
                }
            }
            if (process.waitFor(1, TimeUnit.MINUTES) && Files.exists(next)) {
                Files.move(next, archive, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
