package dev.lastcall.support.controlplane;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** A loopback TCP port that nobody uses at this moment. Another process may take it first: callers retry a failed start. */
public final class FreePort {

    private FreePort() {}

    public static int find() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
