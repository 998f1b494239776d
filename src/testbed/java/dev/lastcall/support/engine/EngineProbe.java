package dev.lastcall.support.engine;

import dev.lastcall.support.http.HttpCall;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** What the tests of an engine look at from outside. */
final class EngineProbe {

    private EngineProbe() {}

    static VllmEngine start(String... flags) throws IOException {
        return VllmEngine.start(InetAddress.getByName("127.0.0.1"), 0, EngineOptions.tiny(flags), "pod-a");
    }

    static String completion(boolean stream, double seconds) {
        return "{\"model\":\"tiny\",\"prompt\":\"hello\",\"max_tokens\":20,\"ignore_eos\":true,\"stream\":" + stream
                + (stream ? ",\"stream_options\":{\"include_usage\":true}" : "") + ",\"lastcall_test_seconds\":"
                + seconds + "}";
    }

    static Socket stream(VllmEngine engine, double seconds) throws IOException {
        return HttpCall.open(engine.address(), "POST", "/v1/completions", completion(true, seconds));
    }

    static HttpCall.Answer plain(VllmEngine engine, double seconds) throws IOException {
        return HttpCall.post(engine.address(), "/v1/completions", completion(false, seconds));
    }

    static boolean healthy(InetSocketAddress server) {
        try {
            return HttpCall.get(server, "/health").status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    static boolean refuses(InetSocketAddress server) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(server, 1000);
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    /** Everything up to the FIN. */
    static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads what is there and then waits: true when for so long neither a byte nor a FIN or RST came. */
    static boolean staysSilent(Socket socket, int millis) throws IOException {
        socket.setSoTimeout(millis);
        byte[] bytes = new byte[4096];
        // What was sent before the silence may still be on its way: a few chunks at most.
        for (int reads = 0; reads < 10; reads++) {
            try {
                if (socket.getInputStream().read(bytes) < 0) {
                    return false;
                }
            } catch (SocketTimeoutException e) {
                return true;
            }
        }
        return false;
    }

    /** The value of the one series that begins like this, label values included. */
    static double value(VllmEngine engine, String series) throws IOException {
        return value(HttpCall.get(engine.address(), "/metrics").body(), series);
    }

    static double value(String exposition, String series) {
        return exposition
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series + " in\n" + exposition));
    }
}
