package dev.lastcall.support.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes the connections to one address on to a port of the loopback interface, byte by byte. */
public final class TcpForward implements AutoCloseable {

    private final ServerSocket listener;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private TcpForward(ServerSocket listener, int port) {
        this.listener = listener;
        this.port = port;
    }

    /**
     * @param at the address and port that it listens on
     * @param port where the connections go, on 127.0.0.1
     */
    public static TcpForward open(InetSocketAddress at, int port) throws IOException {
        TcpForward forward = new TcpForward(new ServerSocket(at.getPort(), 128, at.getAddress()), port);
        Thread.ofVirtual().name("tcp-forward").start(forward::accept);
        return forward;
    }

    @Override
    public void close() {
        quietly(listener);
        open.forEach(TcpForward::quietly);
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> join(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void join(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            open.add(server);
            Thread back = Thread.ofVirtual().start(() -> copy(server, client));
            copy(client, server);
            back.join();
            open.remove(server);
        } catch (IOException e) {
            // The server is gone or refuses: the client sees its connection end.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /** Either side's end ends both: nobody here half-closes. */
    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // A reset is an end as well.
        }
        quietly(from);
        quietly(to);
    }

    private static void quietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // Nothing is lost: its other end sees the same.
            return;
        }
    }
}
