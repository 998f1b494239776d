package dev.lastcall.support.metadata;

import dev.lastcall.notice.http.Patience;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on a free loopback port. Every request is recorded and answered by the next scripted reaction for
 * its path, else by the gate, else by the standing reaction of the path, else by 404. Written on sockets because a real server library would not
 * truncate, hang or lie on demand.
 *
 * <p>A little over 300 lines: reading, scripting and misbehaving share the sockets that are open.
 */
public final class FakeMetadata implements Closeable {

    /** One request as it came; header names in lower case, each with all its values. */
    public record Request(String method, String path, String query, Map<String, List<String>> headers, int connection) {
        public String header(String name) {
            List<String> values = headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
            return values.isEmpty() ? "" : values.getFirst();
        }
    }

    /**
     * One answer as it left.
     *
     * @param decidedNanos {@link System#nanoTime()} when it was decided what to answer
     * @param sentNanos {@link System#nanoTime()} after its last byte
     */
    public record Sent(String path, long decidedNanos, long sentNanos) {}

    private final ServerSocket server;
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Sent> sent = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Deque<Reaction>> scripts = new ConcurrentHashMap<>();
    private final Map<String, Reaction> standing = new ConcurrentHashMap<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicReference<CompletableFuture<Void>> hanging = new AtomicReference<>(new CompletableFuture<>());
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Function<Request, Optional<Reaction>> gate;
    private volatile Duration skew = Duration.ZERO;
    private volatile @Nullable Socket held;

    /** @param gate what must be right before a standing reaction is given: its reaction if it is not */
    public FakeMetadata(Function<Request, Optional<Reaction>> gate) {
        this.gate = gate;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
        Thread.ofVirtual().name("fake-metadata").start(this::accept);
    }

    /** Lets everybody in. */
    public FakeMetadata() {
        this(request -> Optional.empty());
    }

    /** Base URL. */
    public String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** The reactions to the next requests for this path, one each; later ones get the standing reaction again. */
    public FakeMetadata next(String path, Reaction... reactions) {
        scripts.computeIfAbsent(path, any -> new ConcurrentLinkedDeque<>()).addAll(List.of(reactions));
        return this;
    }

    /** The reaction to every request for this path from now on. */
    public FakeMetadata always(String path, Reaction reaction) {
        standing.put(path, reaction);
        return this;
    }

    /** The path is answered by 404 again. */
    public FakeMetadata clear(String path) {
        standing.remove(path);
        scripts.remove(path);
        return this;
    }

    /** The service's clock from now on, against the true one. */
    public FakeMetadata skew(Duration offset) {
        skew = offset;
        return this;
    }

    /** Now on the service's clock. */
    public Instant now() {
        return Instant.now().plus(skew);
    }

    public List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** How many requests have come so far. */
    public int count() {
        return requests.size();
    }

    /** The first answer for this path that was decided on after a moment; empty while there is none. */
    public Optional<Sent> firstSentAfter(long nanos, String path) {
        synchronized (sent) {
            return sent.stream()
                    .filter(each -> each.path().equals(path) && each.decidedNanos() - nanos > 0)
                    .findFirst();
        }
    }

    public List<Request> requests(String path) {
        return requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    /** How many TCP connections have been opened so far. */
    public int connections() {
        return connections.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                int number = connections.incrementAndGet();
                Thread.ofVirtual().name("fake-metadata-" + number).start(() -> serve(socket, number));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (true) {
                Request request = read(in, number);
                if (request == null) {
                    return;
                }
                Reaction reaction = reactionTo(request);
                long decided = System.nanoTime();
                if (!react(reaction, out)) {
                    return;
                }
                sent.add(new Sent(request.path(), decided, System.nanoTime()));
            }
        } catch (IOException | InterruptedException gone) {
            // The client or the test has closed the connection.
        } finally {
            sockets.remove(socket);
        }
    }

    private Reaction reactionTo(Request request) {
        requests.add(request);
        Deque<Reaction> script = scripts.get(request.path());
        Reaction scripted = script == null ? null : script.poll();
        if (scripted != null) {
            return scripted;
        }
        return gate.apply(request).orElseGet(() -> standing.getOrDefault(request.path(), Reaction.status(404)));
    }

    private void hang() throws InterruptedException {
        hanging.get().complete(null);
        stopped.await();
    }

    /** Runs out of patience in the moment this service hangs, whatever the limit: nobody has to wait for it. */
    public Patience patience() {
        return (answer, limit) -> {
            CompletableFuture<Void> hang = hanging.get();
            var _ = CompletableFuture.anyOf(answer.handle((_, _) -> null), hang)
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!answer.isDone()) {
                hanging.set(new CompletableFuture<>());
                throw new TimeoutException();
            }
            var _ = answer.get();
        };
    }

    private boolean react(Reaction reaction, OutputStream out) throws IOException, InterruptedException {
        switch (reaction) {
            case Reaction.Reply reply -> {
                byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
                out.write(head(reply.status(), reply.headers(), body.length));
                out.write(body);
                out.flush();
                return true;
            }
            case Reaction.Hang() -> hang();
            case Reaction.HangInBody(String part) -> {
                byte[] body = part.getBytes(StandardCharsets.UTF_8);
                out.write(head(200, Map.of(), body.length + 100));
                out.write(body);
                out.flush();
                hang();
            }
            case Reaction.Late late -> {
                boolean ended = stopped.await(late.delay().toMillis(), TimeUnit.MILLISECONDS);
                return !ended && react(late.then(), out);
            }
            case Reaction.Drop() -> {}
            case Reaction.Truncate(String whole) -> {
                byte[] body = whole.getBytes(StandardCharsets.UTF_8);
                out.write(head(200, Map.of(), body.length));
                out.write(body, 0, body.length / 2);
                out.flush();
            }
        }
        return false;
    }

    private byte[] head(int status, Map<String, String> headers, int length) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
        head.append("Content-Length: ").append(length).append("\r\n");
        if (!headers.containsKey("Date")) {
            head.append("Date: ")
                    .append(DateTimeFormatter.RFC_1123_DATE_TIME.format(now().atOffset(ZoneOffset.UTC)))
                    .append("\r\n");
        }
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static @Nullable Request read(InputStream in, int connection) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        String[] parts = first.split(" ", 3);
        Map<String, List<String>> headers = new ConcurrentHashMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.computeIfAbsent(header.substring(0, colon).toLowerCase(Locale.ROOT), any -> new ArrayList<>())
                    .add(header.substring(colon + 1).strip());
        }
        List<String> length = headers.getOrDefault("content-length", List.of("0"));
        in.skipNBytes(Long.parseLong(length.getFirst()));
        int mark = parts[1].indexOf('?');
        String path = mark < 0 ? parts[1] : parts[1].substring(0, mark);
        String query = mark < 0 ? "" : parts[1].substring(mark + 1);
        return new Request(parts[0], path, query, headers, connection);
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /**
     * From now on nobody listens. The port stays bound: a free one could be taken by another process, or by the very
     * connection that is to be refused, which would then be connected to itself.
     */
    public void leave() {
        InetSocketAddress port = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
        try {
            close();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
        // A thread in accept() gives the port up a moment after the socket was closed.
        held = Awaitility.await("the port is given up").until(() -> bound(port), Objects::nonNull);
    }

    private static @Nullable Socket bound(InetSocketAddress port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setReuseAddress(true);
            socket.bind(port);
            return socket;
        } catch (BindException taken) {
            socket.close();
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        stopped.countDown();
        Socket port = held;
        if (port != null) {
            port.close();
        }
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
