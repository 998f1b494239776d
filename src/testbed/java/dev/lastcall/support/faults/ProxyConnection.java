package dev.lastcall.support.faults;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One client's connection: its requests, one after the other, over one connection to the API server. */
final class ProxyConnection implements Runnable {

    private final ApiProxy proxy;
    private final Socket client;
    private volatile @Nullable Socket server;
    private @Nullable InputStream serverIn;
    private volatile boolean watching;
    private volatile boolean mute;

    ProxyConnection(ApiProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
    }

    boolean watching() {
        return watching;
    }

    /** The client hears nothing more on this connection, and nobody tells it so. */
    void mute() {
        mute = true;
    }

    /** Ends it with a reset rather than an orderly FIN, as a machine that goes away does. */
    void reset() {
        try {
            client.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already: then there is nothing to reset.
            close();
            return;
        }
        close();
    }

    @Override
    public void run() {
        try {
            PushbackInputStream in = new PushbackInputStream(new BufferedInputStream(client.getInputStream()), 1);
            OutputStream out = new BufferedOutputStream(new Mutable(client.getOutputStream()));
            while (exchange(in, out)) {
                watching = false;
            }
        } catch (IOException e) {
            // Whoever broke the connection, the other side has to see it broken too.
            reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    /** One request and its answer; false if the connection is over. */
    private boolean exchange(PushbackInputStream in, OutputStream out) throws IOException, InterruptedException {
        Optional<HttpMessage> next = HttpMessage.read(in);
        if (next.isEmpty()) {
            return false;
        }
        HttpMessage request = next.get();
        byte[] body = request.readRequestBody(in);
        Note note = new Note(request, body);
        Optional<InjectedFault> fault = proxy.faultFor(note.method, note.path);
        Fault.Action action = fault.map(InjectedFault::action).orElse(null);
        switch (action) {
            case null -> {}
            case Fault.Action.Answer answer -> {
                note.record(proxy, answer.status(), action);
                answer(answer, out);
                return true;
            }
            case Fault.Action.Delay delay -> Thread.sleep(delay.pause());
            case Fault.Action.Drop drop -> {
                note.record(proxy, 0, action);
                reset();
                return false;
            }
            case Fault.Action.DropAnswer drop -> {
                forward(request, body);
                HttpMessage.read(serverIn());
                note.record(proxy, 0, action);
                reset();
                return false;
            }
        }
        forward(request, body);
        HttpMessage response =
                HttpMessage.read(serverIn()).orElseThrow(() -> new IOException("the API server closed the connection"));
        // Before it is recorded, so that whoever has seen the record can cut it.
        watching = note.watch();
        note.record(proxy, response.status(), action);
        response.write(out);
        if (response.status() == 101) {
            tunnel(in, out);
            return false;
        }
        Thread departure = null;
        if (watching) {
            // Else a client that leaves would be noticed at the next event only, which may never come.
            departure = Thread.ofVirtual().start(() -> closeOnDeparture(in));
        }
        out.flush();
        boolean more = response.relayResponseBody(note.method, serverIn(), out)
                && !request.mentions("Connection", "close")
                && !response.mentions("Connection", "close");
        if (departure != null && more) {
            departure.join();
        }
        return more;
    }

    private void forward(HttpMessage request, byte[] body) throws IOException {
        HttpMessage head = request;
        if (request.mentions("Upgrade", "h2c")) {
            // An offer to this hop, which speaks HTTP/1.1 only.
            head = head.without("Upgrade", "HTTP2-Settings", "Connection");
        }
        if (body.length > 0 || request.header("Content-Length").isPresent()) {
            head = head.without("Transfer-Encoding").with("Content-Length", String.valueOf(body.length));
        }
        OutputStream out = new BufferedOutputStream(connected().getOutputStream());
        head.write(out);
        out.write(body);
        out.flush();
    }

    private InputStream serverIn() throws IOException {
        InputStream in = serverIn;
        if (in == null) {
            in = new BufferedInputStream(connected().getInputStream());
            serverIn = in;
        }
        return in;
    }

    private Socket connected() throws IOException {
        Socket connected = server;
        if (connected == null) {
            connected = proxy.connect();
            server = connected;
            if (client.isClosed()) {
                // reset() came while the connection was being made and could not close it.
                connected.close();
            }
        }
        return connected;
    }

    private static void answer(Fault.Action.Answer answer, OutputStream out) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        HttpMessage head = new HttpMessage("HTTP/1.1 " + answer.status() + " Injected", List.of());
        for (var header : answer.headers().entrySet()) {
            head = head.with(header.getKey(), header.getValue());
        }
        head.with("Content-Length", String.valueOf(body.length)).write(out);
        out.write(body);
        out.flush();
    }

    /** Bytes both ways until one side ends: a WebSocket. */
    private void tunnel(InputStream in, OutputStream out) throws IOException {
        watching = true;
        OutputStream toServer = connected().getOutputStream();
        Thread.ofVirtual().start(() -> {
            try {
                in.transferTo(toServer);
            } catch (IOException e) {
                // The other direction ends as well, which is all there is to do.
                reset();
            } finally {
                close();
            }
        });
        out.flush();
        InputStream fromServer = serverIn();
        byte[] buffer = new byte[16 * 1024];
        for (int n = fromServer.read(buffer); n >= 0; n = fromServer.read(buffer)) {
            out.write(buffer, 0, n);
            out.flush();
        }
    }

    private void closeOnDeparture(PushbackInputStream in) {
        try {
            int b = in.read();
            if (b < 0) {
                close();
            } else {
                in.unread(b);
            }
        } catch (IOException e) {
            close();
        }
    }

    private void close() {
        proxy.ended(this);
        for (Socket socket : new Socket[] {client, server}) {
            if (socket != null) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // Nothing is left to do for a socket that cannot be closed.
                    continue;
                }
            }
        }
    }

    /** A request as it will be recorded. */
    private static final class Note {

        private final long receivedNanos = System.nanoTime();
        private final String method;
        private final String path;
        private final String query;
        private final String body;

        Note(HttpMessage request, byte[] body) throws IOException {
            String[] parts = request.startLine().split(" ", 3);
            if (parts.length != 3) {
                throw new IOException("not a request line: " + request.startLine());
            }
            String[] target = parts[1].split("\\?", 2);
            this.method = parts[0];
            this.path = target[0];
            this.query = target.length > 1 ? target[1] : "";
            this.body = new String(body, StandardCharsets.UTF_8);
        }

        boolean watch() {
            return recorded(0, null).isWatch();
        }

        void record(ApiProxy proxy, int status, Fault.@Nullable Action action) {
            proxy.record(recorded(status, action));
        }

        private RecordedRequest recorded(int status, Fault.@Nullable Action action) {
            return new RecordedRequest(
                    receivedNanos, System.nanoTime(), method, path, query, status, body, Optional.ofNullable(action));
        }
    }

    private final class Mutable extends FilterOutputStream {
        Mutable(OutputStream client) {
            super(client);
        }

        @Override
        public void write(int one) throws IOException {
            if (!mute) {
                out.write(one);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!mute) {
                out.write(bytes, offset, length);
            }
        }
    }
}
