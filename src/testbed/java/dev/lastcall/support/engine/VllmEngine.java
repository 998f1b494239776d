package dev.lastcall.support.engine;

import dev.lastcall.support.engine.Sequence.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server that behaves as vLLM 0.32 was seen to behave, without a model: what is served, how it is counted, and above
 * all what SIGTERM does to it. The five ways it can end are those a real one showed:
 *
 * <ol>
 *   <li>no shutdown time-out: the engine process is killed at once, open requests get not one byte more, not even a
 *       FIN, until SIGKILL or until their clients give up; the port closes within half a second;
 *   <li>with one, and the work fits: everything finishes, new requests get 500, health and metrics go on as if nothing
 *       were, exit code 0 some seconds after the last byte;
 *   <li>with one that is too short: what is left then hangs as in the first case;
 *   <li>waiting requests take part in the drain;
 *   <li>SIGTERM to the whole process group: after seconds of silence an error object and {@code [DONE]}, exit code 0.
 * </ol>
 */
public final class VllmEngine implements AutoCloseable {

    private enum Phase {
        SERVING,
        DRAINING,
        HANGING,
        DYING,
        ENDED
    }

    private final InetAddress address;
    private final int askedPort;
    private final EngineOptions options;
    private final String servedBy;
    private final Scheduler scheduler;
    private final Set<EngineConnection> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Integer> exited = new CompletableFuture<>();
    private Phase phase = Phase.SERVING;
    private boolean mayExit;
    private @Nullable ServerSocket listener;
    private volatile @Nullable Thread acceptor;

    private VllmEngine(InetAddress address, int port, EngineOptions options, String servedBy) {
        this.address = address;
        this.askedPort = port;
        this.options = options;
        this.servedBy = servedBy;
        this.scheduler = new Scheduler(options, new EngineMetrics(options.model()));
    }

    /**
     * Starts to serve, at once unless the options ask for a startup time.
     *
     * @param port 0 = any free one
     * @param servedBy value of header {@code x-served-by} in every answer: the pod's name
     */
    public static VllmEngine start(InetAddress address, int port, EngineOptions options, String servedBy)
            throws IOException {
        VllmEngine engine = new VllmEngine(address, port, options, servedBy);
        if (options.startup().isZero()) {
            engine.listen();
        } else {
            after(options.startup()).execute(() -> {
                try {
                    engine.listen();
                } catch (IOException e) {
                    engine.end(1);
                }
            });
        }
        return engine;
    }

    public EngineOptions options() {
        return options;
    }

    public String servedBy() {
        return servedBy;
    }

    public synchronized InetSocketAddress address() {
        ServerSocket open = listener;
        return new InetSocketAddress(address, open == null ? askedPort : open.getLocalPort());
    }

    public int running() {
        return scheduler.runningCount();
    }

    public int waiting() {
        return scheduler.waitingCount();
    }

    public CompletableFuture<Integer> exited() {
        return exited;
    }

    /** SIGTERM to the main process alone. A second one does nothing. */
    public synchronized void terminate() {
        if (phase != Phase.SERVING) {
            return;
        }
        if (options.shutdownTimeout().isZero()) {
            hang(options.idleExit());
            return;
        }
        phase = Phase.DRAINING;
        scheduler.drain().thenAccept(idle -> exitAfter(idle ? options.idleExit() : options.exitAfterDrain()));
        after(options.shutdownTimeout()).execute(this::giveUp);
    }

    /** SIGTERM to the whole process group: the engine process dies first, and the main process finds out. */
    public synchronized void terminateGroup() {
        if (phase != Phase.SERVING) {
            return;
        }
        phase = Phase.DYING;
        scheduler.die(Signal.SILENCE);
        after(options.groupDeath()).execute(() -> {
            scheduler.tell(Signal.ENGINE_DEAD);
            exitWhenNobodyWaits();
        });
    }

    /** SIGKILL: every connection gets its FIN and nothing else. */
    public void kill() {
        end(137);
    }

    @Override
    public void close() {
        kill();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    void answer(String path, Answers answers, boolean close) throws IOException {
        switch (path) {
            case "/health", "/ping" -> answers.whole(200, "text/plain", "", close);
            case "/version" -> answers.json(200, "{\"version\":\"0.32.0\"}", close);
            case "/load" -> answers.json(200, "{\"server_load\":0}", close);
            case "/metrics" ->
                answers.whole(200, "text/plain; version=1.0.0; charset=utf-8", scheduler.exposition(), close);
            case "/v1/models" ->
                answers.json(
                        200,
                        "{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"owned_by\":\"vllm\"}]}"
                                .formatted(options.model()),
                        close);
            default -> answers.json(404, "{\"detail\":\"Not Found\"}", close);
        }
    }

    void closed(EngineConnection connection) {
        connections.remove(connection);
        synchronized (this) {
            if (mayExit) {
                exitWhenNobodyWaits();
            }
        }
    }

    private void listen() throws IOException {
        ServerSocket open = new ServerSocket();
        open.bind(new InetSocketAddress(address, askedPort), 512);
        synchronized (this) {
            if (phase == Phase.ENDED) {
                open.close();
                return;
            }
            listener = open;
        }
        acceptor = Thread.ofVirtual().name("engine " + servedBy).start(() -> accept(open));
    }

    private void accept(ServerSocket open) {
        while (true) {
            try {
                EngineConnection connection = new EngineConnection(this, open.accept());
                connections.add(connection);
                if (exited.isDone()) {
                    connection.close();
                }
                Thread.ofVirtual().start(connection::serve);
            } catch (IOException e) {
                return;
            }
        }
    }

    /** The engine process is gone; the main process closes its port and then waits for its clients to leave. */
    private void hang(Duration earliestExit) {
        phase = Phase.HANGING;
        scheduler.die(options.abortsOnTerm() ? Signal.ABORT : Signal.SILENCE);
        after(options.refuseAfter()).execute(this::stopListening);
        after(earliestExit).execute(this::exitWhenNobodyWaits);
    }

    private synchronized void giveUp() {
        if (phase == Phase.DRAINING && scheduler.runningCount() + scheduler.waitingCount() > 0) {
            hang(options.refuseAfter());
        }
    }

    /** All work is done. The port stays open for most of the time to the exit: seen 7 of 9 seconds. */
    private void exitAfter(Duration time) {
        after(time.multipliedBy(3).dividedBy(4)).execute(this::stopListening);
        after(time).execute(() -> endIf(Phase.DRAINING));
    }

    private void stopListening() {
        closeListener();
        connections.stream().filter(c -> !c.busy()).forEach(EngineConnection::close);
    }

    private void closeListener() {
        ServerSocket open;
        synchronized (this) {
            open = listener;
        }
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // A listening socket has nothing to lose.
            }
        }
        Thread accepting = acceptor;
        if (accepting != null) {
            try {
                // The kernel keeps the port open until the thread that waits on it has let go of it.
                accepting.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void exitWhenNobodyWaits() {
        mayExit = true;
        if (connections.stream().noneMatch(EngineConnection::busy)) {
            end(0);
        }
    }

    private synchronized void endIf(Phase expected) {
        if (phase == expected) {
            end(0);
        }
    }

    private void end(int code) {
        synchronized (this) {
            if (phase == Phase.ENDED) {
                return;
            }
            phase = Phase.ENDED;
        }
        closeListener();
        connections.forEach(EngineConnection::close);
        exited.complete(code);
    }

    private static Executor after(Duration delay) {
        return CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS);
    }
}
