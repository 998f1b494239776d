package dev.lastcall.support.kubelet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** A GET without keep-alive, as the kubelet's prober makes it: a pooled connection would hide a server that stopped accepting. */
final class HttpCheck {

    private HttpCheck() {}

    /**
     * The status code of {@code GET path}.
     *
     * @throws IOException if there is no answer within {@code timeout} or it is not HTTP
     */
    static int get(InetSocketAddress to, String path, Map<String, String> headers, Duration timeout)
            throws IOException {
        try (Socket socket = new Socket()) {
            int millis = Math.toIntExact(Math.max(1, timeout.toMillis()));
            socket.connect(to, millis);
            socket.setSoTimeout(millis);
            StringBuilder request = new StringBuilder("GET ")
                    .append(path.startsWith("/") ? path : "/" + path)
                    .append(" HTTP/1.1\r\nHost: ")
                    .append(to.getAddress().getHostAddress())
                    .append(':')
                    .append(to.getPort())
                    .append("\r\nUser-Agent: kube-probe/1.34\r\nConnection: close\r\n");
            headers.forEach((name, value) ->
                    request.append(name).append(": ").append(value).append("\r\n"));
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            String line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            if (line == null || !line.matches("HTTP/1\\.[01] \\d{3}.*")) {
                throw new IOException("not an HTTP status line: " + line);
            }
            return Integer.parseInt(line.substring(9, 12));
        }
    }
}
