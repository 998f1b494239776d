package dev.lastcall.worker.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** A real redis-server on a free port of loopback, with a folder of its own; it can be killed and started again. */
public final class RedisServer implements AutoCloseable {

    private final Path folder;
    private final int port;
    private final List<String> options;
    private @Nullable Process process;

    private RedisServer(Path folder, int port, List<String> options) {
        this.folder = folder;
        this.port = port;
        this.options = options;
    }

    /** Started. @param options as on redis-server's command line, e.g. "--appendfsync", "always" */
    public static RedisServer with(String... options) {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path folder = Files.createTempDirectory("lastcall-redis");
            int port = free.getLocalPort();
            free.close();
            RedisServer server = new RedisServer(folder, port, List.of(options));
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it (again), with what its folder holds. */
    public void start() {
        List<String> command = new ArrayList<>(List.of(
                "redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--dir", folder.toString()));
        command.addAll(List.of("--save", "", "--logfile", folder.resolve("log").toString()));
        command.addAll(options);
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("out").toFile())
                    .start();
        } catch (IOException e) {
            throw new TestAbortedException("skipped: redis-server is missing; the package redis-server brings it", e);
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(this::answers);
    }

    private boolean answers() {
        try (Resp resp = new Resp(port)) {
            Object answer = resp.ask("PING");
            return !answer.toString().contains("LOADING");
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** As a power cut: SIGKILL. */
    public void kill() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    public int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** One command on a connection of its own. */
    public Object ask(String... command) {
        try (Resp resp = new Resp(port)) {
            return resp.ask(command);
        }
    }

    /** The same for an answer that is a list. */
    public List<?> list(String... command) {
        return (List<?>) ask(command);
    }

    public long number(String... command) {
        return (Long) ask(command);
    }

    /**
     * The fields that a command changed in a hash, in the order of its append-only file: what was written, not what is there.
     * A command that changed nothing is not in the file.
     */
    public List<String> written(String command, String key) {
        List<String> fields = new ArrayList<>();
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".aof"))
                    .sorted()
                    .toList()) {
                // A command is its words, each after a line with its length.
                List<String> lines = Files.readString(file).lines().toList();
                for (int i = 0; i + 4 < lines.size(); i++) {
                    if (lines.get(i).equals(command) && lines.get(i + 2).equals(key)) {
                        fields.add(lines.get(i + 4));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return fields;
    }

    @Override
    public void close() {
        Process running = process;
        if (running != null) {
            running.destroy();
            try {
                if (!running.waitFor(10, TimeUnit.SECONDS)) {
                    running.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try (var files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
