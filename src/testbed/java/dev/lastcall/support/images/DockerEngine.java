package dev.lastcall.support.images;

import dev.lastcall.support.controlplane.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Docker engine for the tests of this JVM. As root, where {@code dockerd} is installed, one of our own: in namespaces of its
 * own for processes and mounts, so that the kernel takes all it started and mounted away when it ends or this JVM is killed;
 * without a bridge and without a packet filter rule. Else the one that answers on {@code /var/run/docker.sock}.
 *
 * <p>It lives as long as the JVM, because Testcontainers keeps its client that long.
 */
public final class DockerEngine {

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Path MACHINES_OWN = Path.of("/var/run/docker.sock");

    private static @Nullable DockerEngine engine;
    private static @Nullable String missing;

    private final Path socket;

    private DockerEngine(Path socket) {
        this.socket = socket;
    }

    /** Starts or finds it at the first call. @return why there is none; empty if there is one */
    public static synchronized Optional<String> missing() {
        if (engine == null && missing == null) {
            String why = ownCannotStart().orElseGet(DockerEngine::startOwn);
            if (engine == null && answers(MACHINES_OWN)) {
                engine = new DockerEngine(MACHINES_OWN);
            }
            if (engine == null) {
                missing = why + ", and no engine answers on " + MACHINES_OWN;
            }
        }
        return engine == null ? Optional.ofNullable(missing) : Optional.empty();
    }

    static synchronized Optional<DockerEngine> running() {
        return Optional.ofNullable(engine);
    }

    /** As in {@code DOCKER_HOST}. */
    URI address() {
        return URI.create("unix://" + socket);
    }

    private static Optional<String> ownCannotStart() {
        try {
            if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                return Optional.of("a Docker engine of our own needs root");
            }
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of("a Docker engine of our own needs Linux");
        }
        return Stream.of("dockerd", "containerd", "runc", "unshare")
                .filter(program -> !onPath(program))
                .findFirst()
                .map(program -> program + " is missing (the package docker.io brings a Docker engine)");
    }

    /** @return why it did not start; of no meaning if it did */
    private static String startOwn() {
        try {
            Path folder = Files.createTempDirectory("lastcall-docker");
            Path socket = folder.resolve("docker.sock");
            ChildProcess daemon =
                    ChildProcess.start("dockerd", command(folder, socket), Map.of(), folder.resolve("log"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(daemon, folder), "docker-reaper"));
            long end = System.nanoTime() + START_LIMIT.toNanos();
            while (!answers(socket)) {
                if (!daemon.alive() || System.nanoTime() > end) {
                    return "dockerd does not start here: " + daemon.tail(5);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            engine = new DockerEngine(socket);
            return "";
        } catch (IOException e) {
            return "dockerd does not start here: " + e;
        }
    }

    private static List<String> command(Path folder, Path socket) throws IOException {
        return List.of(
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "--",
                "sh",
                "-c",
                // Not the machine's containerd, if it has one: with a /run of its own dockerd starts its own.
                "mount -t tmpfs tmpfs /run && exec \"$@\"",
                "dockerd",
                "dockerd",
                "--host=unix://" + socket,
                "--data-root=" + folder.resolve("data"),
                "--exec-root=" + folder.resolve("exec"),
                "--pidfile=" + folder.resolve("pid"),
                "--bridge=none",
                "--iptables=false",
                "--ip6tables=false",
                "--ip-forward=false",
                // Not the machine's settings.
                "--config-file=" + Files.writeString(folder.resolve("settings.json"), "{}"));
    }

    private static void end(ChildProcess daemon, Path folder) {
        List<ProcessHandle> all = daemon.handle().descendants().toList();
        daemon.close();
        all.forEach(process -> process.onExit().orTimeout(10, TimeUnit.SECONDS).join());
        try {
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap("GET /_ping HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(12);
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // The status line comes in one piece or in several.
            }
            return new String(answer.array(), StandardCharsets.US_ASCII).endsWith(" 200");
        } catch (IOException | UnsupportedOperationException notThere) {
            return false;
        }
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
