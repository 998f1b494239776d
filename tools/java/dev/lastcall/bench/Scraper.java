package dev.lastcall.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Asks for {@code /metrics} over one kept connection and throws the page away, as cheaply as a client can: the client shares
 * the machine's cores with the agent that is measured, and its own garbage would be part of the figure.
 */
final class Scraper implements AutoCloseable {

    private static final byte[] REQUEST =
            "GET /metrics HTTP/1.1\r\nHost: agent\r\nAccept: text/plain\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final InputStream in;
    private final byte[] sink = new byte[1 << 16];

    Scraper(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /** @return bytes of the page */
    int scrape() throws IOException {
        socket.getOutputStream().write(REQUEST);
        String status = line();
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException("/metrics answered " + status);
        }
        int length = -1;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(
                        header.substring("content-length:".length()).strip());
            }
        }
        if (length < 0) {
            throw new IOException("/metrics has no Content-Length");
        }
        for (int left = length; left > 0; ) {
            int read = in.read(sink, 0, Math.min(left, sink.length));
            if (read < 0) {
                throw new EOFException("the page ended " + left + " bytes early");
            }
            left -= read;
        }
        return length;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer ended after: " + line);
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }
}
