package dev.lastcall.support.agent;

import dev.lastcall.config.ConfigKey;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The packaged agent running as its own process: the jar, or whatever {@code -Dlastcall.agent=PATH} names (a native
 * executable). It gets an environment of its own, so that nothing set on the machine (a {@code KUBECONFIG}, a
 * {@code LASTCALL_…}) reaches it by accident, and it never outlives the JVM that started it.
 */
public final class AgentProcess implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);

    /** So many are kept for {@link #recent()}. */
    private static final int RECENT = 6;

    private static final Deque<AgentProcess> STARTED = new ConcurrentLinkedDeque<>();

    private final Process process;
    private final int port;
    private final AgentLog log;
    private final Thread reaper;
    private volatile boolean asked;
    private volatile boolean reaped;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private AgentProcess(Process process, int port, Consumer<String> onLine) {
        this.process = process;
        this.port = port;
        this.reaper = new Thread(this::reap, "agent-reaper");
        Runtime.getRuntime().addShutdownHook(reaper);
        this.log = new AgentLog(process.getInputStream(), onLine);
    }

    /** The latest of this JVM, the oldest first, whether they still run or not: for the report of a test that failed. */
    public static List<AgentProcess> recent() {
        return List.copyOf(STARTED);
    }

    /** How it stands or has ended: an end that no test asked for is a finding of its own. */
    public String standing() {
        if (process.isAlive()) {
            return "running";
        }
        if (reaped) {
            return "killed with the JVM of its test, which was told to end";
        }
        return (asked ? "ended as asked with " : "ENDED BY ITSELF with ") + process.exitValue();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The port of {@code /metrics}, {@code /health} and the state page. */
    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** GET on the agent's own port. */
    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(10))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** What it has written to stdout and stderr so far, in order. */
    public List<String> lines() {
        return log.lines();
    }

    /** Waits for a line that has been or will be written. */
    public String awaitLine(Predicate<String> wanted, Duration limit) throws InterruptedException, TimeoutException {
        return log.await(wanted, limit);
    }

    /** Waits until {@code /health/started} says UP; fails with the log if the process ends first. */
    public AgentProcess awaitStarted() throws IOException, InterruptedException {
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!answersStarted()) {
            if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                log.join(STOP_LIMIT);
                throw new IOException("agent not started, " + standing() + ":\n" + log.transcript());
            }
            if (System.nanoTime() > end) {
                throw new IOException("agent not started within " + START_LIMIT + ":\n" + log.transcript());
            }
        }
        return this;
    }

    /** SIGTERM, then waits 15 s. @return the exit code */
    public int stop() throws InterruptedException, TimeoutException {
        return stop(STOP_LIMIT);
    }

    /** SIGTERM, then waits. @return the exit code */
    public int stop(Duration limit) throws InterruptedException, TimeoutException {
        terminate();
        return awaitExit(limit);
    }

    /** SIGTERM without waiting. */
    public void terminate() {
        asked |= process.isAlive();
        process.destroy();
    }

    /** SIGKILL, as the kernel would; returns when the process is gone. */
    public void kill9() throws InterruptedException {
        asked |= process.isAlive();
        process.destroyForcibly().waitFor();
        forget();
    }

    /** Waits for the process to end by itself, its whole output read. @return the exit code */
    public int awaitExit(Duration limit) throws InterruptedException, TimeoutException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException("agent still running after " + limit + "; log so far:\n" + log.transcript());
        }
        log.join(STOP_LIMIT);
        forget();
        return process.exitValue();
    }

    /** Ends it at once if it still runs. Use {@link #stop()} where the way it ends matters. */
    @Override
    public void close() {
        asked |= process.isAlive();
        process.destroyForcibly();
        forget();
        http.close();
    }

    private boolean answersStarted() throws InterruptedException {
        try {
            return get("/health/started").statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** A run that is cut short takes its agents along: that is no end of theirs, and must not be told as one. */
    private void reap() {
        reaped = process.isAlive();
        process.destroyForcibly();
    }

    private void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(reaper);
        } catch (IllegalStateException shuttingDown) {
            // The hook itself is running: it ends the process.
        }
    }

    /** What to start and how. Kubernetes is on unless {@code lastcall.kubernetes.enabled} is set to false. */
    public static final class Builder {
        private final Map<String, String> env = new LinkedHashMap<>();
        /** Collector and compiler are those of the JVM image; a start costs two thirds of what it costs with the optimising compiler. */
        private final List<String> javaOptions =
                new ArrayList<>(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));

        private final List<String> arguments = new ArrayList<>();
        private Path directory = Path.of("").toAbsolutePath();
        private int port;
        private Consumer<String> onLine = line -> {};
        private boolean polite;

        private Builder() {
            for (String name : List.of("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME")) {
                String value = System.getenv(name);
                if (value != null) {
                    env.put(name, value);
                }
            }
        }

        public Builder env(String name, String value) {
            env.put(name, value);
            return this;
        }

        /** A key of docs/CONFIGURATION.md, handed over as its environment variable. */
        public Builder config(String key, String value) {
            return env(ConfigKey.envName(key), value);
        }

        public Builder kubeconfig(Path file) {
            return env("KUBECONFIG", file.toString());
        }

        /** A fixed port, for a restart behind the same address; otherwise a free one is taken. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** Replaces the default heap and collector; a native executable is given the properties ({@code -D}) only. */
        public Builder javaOptions(String... options) {
            javaOptions.clear();
            javaOptions.addAll(List.of(options));
            return this;
        }

        public Builder arguments(String... arguments) {
            this.arguments.addAll(List.of(arguments));
            return this;
        }

        public Builder workingDirectory(Path directory) {
            this.directory = directory;
            return this;
        }

        /** For many at once on one machine: each takes less of the processor than the clients and routers that are watched. */
        public Builder polite() {
            this.polite = true;
            return this;
        }

        /** Called on the reading thread for every line as it comes. */
        public Builder onLine(Consumer<String> onLine) {
            this.onLine = onLine;
            return this;
        }

        /** Starts it and waits for {@code /health/started}. */
        public AgentProcess start() throws IOException, InterruptedException {
            AgentProcess agent = launch();
            try {
                return agent.awaitStarted();
            } catch (IOException | InterruptedException | RuntimeException failed) {
                agent.close();
                throw failed;
            }
        }

        /** Starts it and returns at once: for starts that are meant to fail, and for races with the start. */
        public AgentProcess launch() throws IOException {
            int chosen = port > 0 ? port : FreePort.find();
            ProcessBuilder builder = new ProcessBuilder(new AgentCommand(javaOptions, arguments, polite).line());
            builder.directory(directory.toFile()).redirectErrorStream(true);
            builder.environment().clear();
            builder.environment().put(ConfigKey.envName("lastcall.http.port"), String.valueOf(chosen));
            builder.environment().putAll(env);
            AgentProcess started = new AgentProcess(builder.start(), chosen, onLine);
            STARTED.add(started);
            while (STARTED.size() > RECENT) {
                STARTED.poll();
            }
            return started;
        }
    }
}
