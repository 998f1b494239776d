package dev.lastcall.support.router;

import dev.lastcall.support.http.HttpHead;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request through the router: head and body in, bytes back as they come, until either side closes. */
final class Exchange {

    private final Router router;
    private final Rotation rotation;
    private final Socket client;
    private volatile @Nullable Socket upstream;
    private volatile boolean closed;

    Exchange(Router router, Rotation rotation, Socket client) {
        this.router = router;
        this.rotation = rotation;
        this.client = client;
    }

    void run() {
        try (client) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            HttpHead head = HttpHead.read(in);
            if (head != null) {
                forward(head, head.requestBody(in), in);
            }
        } catch (IOException e) {
            // One side is gone; the other one's connection ends with this exchange.
        }
    }

    /** Ends both connections. */
    void close() {
        closed = true;
        closeQuietly(client);
        closeQuietly(upstream);
    }

    private void forward(HttpHead head, byte[] body, InputStream in) throws IOException {
        Set<Backend> refused = new HashSet<>();
        while (refused.size() < 2) {
            Optional<Backend> picked = rotation.pick(refused);
            if (picked.isEmpty()) {
                break;
            }
            Backend backend = picked.get();
            try {
                if (!refused.isEmpty()) {
                    router.retriedOnRefusal.incrementAndGet();
                }
                try (Socket socket = connect(backend)) {
                    relay(backend, socket, head, body, in);
                }
                return;
            } catch (ConnectException e) {
                refused.add(backend);
            } finally {
                backend.open.decrementAndGet();
            }
        }
        router.unrouted.incrementAndGet();
        String error = "{\"error\":{\"message\":\"no pod in rotation\",\"code\":503}}";
        client.getOutputStream()
                .write(("HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nconnection: close\r\n"
                                + "content-length: " + error.length() + "\r\n\r\n" + error)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private Socket connect(Backend backend) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(backend.address, 2000);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        upstream = socket;
        if (closed) {
            socket.close();
        }
        return socket;
    }

    private void relay(Backend backend, Socket socket, HttpHead head, byte[] body, InputStream in) throws IOException {
        try {
            socket.getOutputStream().write(requestHead(head, body).toBytes());
            socket.getOutputStream().write(body);
            Thread.ofVirtual().start(() -> closeWhenClientLeaves(in, socket));
            InputStream answer = new BufferedInputStream(socket.getInputStream());
            HttpHead status = HttpHead.read(answer);
            if (status == null) {
                return;
            }
            OutputStream out = client.getOutputStream();
            Map<String, String> headers = new LinkedHashMap<>(status.headers());
            headers.putIfAbsent("x-served-by", backend.pod);
            out.write(new HttpHead(status.startLine(), headers).toBytes());
            answer.transferTo(out);
        } catch (ConnectException e) {
            // Only a refused connect may be tried again; from here on the backend may have seen the request.
            throw new IOException(e);
        }
    }

    private static HttpHead requestHead(HttpHead head, byte[] body) {
        Map<String, String> headers = new LinkedHashMap<>(head.headers());
        headers.remove("transfer-encoding");
        headers.put("connection", "close");
        headers.put("content-length", Integer.toString(body.length));
        return new HttpHead(head.startLine(), headers);
    }

    /** A client of this router sends one request per connection, so whatever ends this read is its leaving. */
    private static void closeWhenClientLeaves(InputStream in, Socket upstream) {
        try {
            in.read();
        } catch (IOException e) {
            // It left.
        }
        closeQuietly(upstream);
    }

    private static void closeQuietly(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        }
    }
}
