package dev.lastcall.support.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A request on a connection of its own, for tests that look at one answer. */
public final class HttpCall {

    private static final int PATIENCE_MILLIS = 30_000;

    private HttpCall() {}

    public record Answer(int status, String body) {}

    public static Answer get(InetSocketAddress server, String path) throws IOException {
        return call(server, "GET", path, "");
    }

    public static Answer post(InetSocketAddress server, String path, String json) throws IOException {
        return call(server, "POST", path, json);
    }

    /** Sends a request and leaves the connection to the caller, to read, to wait on or to drop. */
    public static Socket open(InetSocketAddress server, String method, String path, String json) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(server, PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            String head = method + " " + path + " HTTP/1.1\r\nhost: " + server.getHostString()
                    + "\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: " + body.length
                    + "\r\n\r\n" + json;
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Answer call(InetSocketAddress server, String method, String path, String json) throws IOException {
        try (Socket socket = open(server, method, path, json)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            HttpHead head = HttpHead.read(in);
            if (head == null) {
                throw new EOFException(server + " closed before it answered " + method + " " + path);
            }
            return new Answer(head.status(), new String(head.body(in).readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
