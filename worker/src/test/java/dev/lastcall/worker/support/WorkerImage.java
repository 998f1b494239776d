package dev.lastcall.worker.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.job.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** The worker's image as {@code native/image/build} makes it, unpacked into a folder: what a container would see. */
public record WorkerImage(Path root, JsonNode config) {

    private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

    /** Unpacks it; builds it first if it is not there or older than the program. @param variant jvm or native */
    public static WorkerImage unpacked(String variant, Path folder) throws IOException, InterruptedException {
        Path program = variant.equals("jvm")
                ? REPOSITORY.resolve("worker/target/quarkus-app/quarkus-run.jar")
                : REPOSITORY.resolve("target/lastcall-worker");
        if (!Files.exists(program)) {
            throw skipped(program + " is not there; make " + (variant.equals("jvm") ? "worker" : "native-worker"));
        }
        if (!Files.exists(REPOSITORY.resolve("worker/target/bom.json"))) {
            throw skipped("worker/target/bom.json is not there; make audit builds it");
        }
        Path built = REPOSITORY.resolve(
                "target/image/" + (variant.equals("jvm") ? "lastcall-worker-jvm.tar.gz" : "lastcall-worker.tar.gz"));
        if (!Files.exists(built)
                || Files.getLastModifiedTime(built).compareTo(Files.getLastModifiedTime(program)) < 0) {
            run("native/image/build", "worker", variant);
        }
        Path archive = Files.createDirectory(folder.resolve("archive"));
        Path root = Files.createDirectory(folder.resolve("root"));
        run("tar", "-xzf", built.toString(), "-C", archive.toString());
        JsonNode manifest = read(archive.resolve("manifest.json")).path(0);
        for (JsonNode layer : manifest.path("Layers")) {
            run("tar", "-xpf", archive.resolve(layer.textValue()).toString(), "-C", root.toString());
        }
        return new WorkerImage(
                root, read(archive.resolve(manifest.path("Config").textValue())).path("config"));
    }

    /**
     * The image's own command, in its environment, as its user, in nothing but its files and what every container runtime adds
     * (OCI runtime specification, "Default Filesystems" and "Default Devices"): /proc, without which a loader does not know where
     * a program lies, and /dev with its random numbers. Needs root and no engine; the network is this machine's.
     */
    public List<String> command() throws IOException {
        if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
            throw skipped("running the image without an engine needs root, for chroot");
        }
        // In a mount namespace of its own: both go with the process.
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t proc proc \"$0/proc\" && mount --bind /dev \"$0/dev\" && exec \"$@\"",
                root.toString(),
                "env"));
        config.path("Env").forEach(variable -> command.add(variable.textValue()));
        command.addAll(List.of("chroot", "--userspec=" + config.path("User").textValue(), root.toString()));
        config.path("Entrypoint").forEach(word -> command.add(word.textValue()));
        return command;
    }

    /** Its files, as absolute paths. */
    public List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> "/" + root.relativize(file))
                    .sorted()
                    .toList();
        }
    }

    private static TestAbortedException skipped(String why) {
        System.out.println("skipped: " + why);
        return new TestAbortedException("skipped: " + why);
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            return new Json().read(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is no JSON", e);
        }
    }

    private static void run(String... line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(line)
                .directory(REPOSITORY.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", line) + " ended with " + process.exitValue() + ": " + output);
        }
    }
}
