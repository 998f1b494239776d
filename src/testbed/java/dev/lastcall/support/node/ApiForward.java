package dev.lastcall.support.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes connections to Service {@code kubernetes}, port 443, on to the API server on the loopback interface. */
final class ApiForward implements AutoCloseable {

    private final ServerSocket listener;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private ApiForward(ServerSocket listener, int port) {
        this.listener = listener;
        this.port = port;
    }

    static ApiForward open(String address, int port) throws IOException {
        ApiForward forward = new ApiForward(new ServerSocket(443, 128, InetAddress.getByName(address)), port);
        Thread.ofVirtual().name("api-forward").start(forward::accept);
        return forward;
    }

    @Override
    public void close() {
        quietly(listener);
        open.forEach(ApiForward::quietly);
    }

    private void accept() {
        while (true) {
            try {
                Socket pod = listener.accept();
                open.add(pod);
                Thread.ofVirtual().start(() -> join(pod));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void join(Socket pod) {
        try (pod;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            open.add(server);
            Thread back = Thread.ofVirtual().start(() -> copy(server, pod));
            copy(pod, server);
            back.join();
            open.remove(server);
        } catch (IOException e) {
            // The API server is gone or refuses: the pod sees its connection end.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(pod);
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
