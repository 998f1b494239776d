package dev.lastcall.support.kubelet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands out loopback addresses, each once: Linux lets anybody bind all of 127.0.0.0/8 without configuration. Every JVM
 * takes a 127.X.0.0/16 of its own, marked by a socket it holds, so that two test runs on one machine never meet.
 */
final class LoopbackAddresses {

    /** Held by the owner of a /16 on its address 127.X.0.1. */
    private static final int MARK_PORT = 19_127;

    private static final LoopbackAddresses OF_THIS_JVM = new LoopbackAddresses();

    private final ServerSocket mark;
    private final AtomicInteger next = new AtomicInteger(256);

    private LoopbackAddresses() {
        this.mark = takeNetwork();
    }

    static InetAddress next() {
        return OF_THIS_JVM.take();
    }

    private InetAddress take() {
        // 127.X.1.1 to 127.X.255.254, skipping .0 and .255 as a real network would; starts over when all were used.
        int host = next.updateAndGet(n -> {
            int following = n + 1;
            while ((following & 0xff) == 0 || (following & 0xff) == 255) {
                following++;
            }
            return following > 0xffff ? 257 : following;
        });
        byte[] address = mark.getInetAddress().getAddress();
        address[2] = (byte) (host >> 8);
        address[3] = (byte) host;
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are always an address", e);
        }
    }

    private static ServerSocket takeNetwork() {
        int first = ThreadLocalRandom.current().nextInt(250);
        for (int i = 0; i < 250; i++) {
            // 127.0 and 127.1 are left to others: resolvers like 127.0.0.53 and host names like 127.0.1.1 lie there.
            byte network = (byte) (2 + (first + i) % 250);
            try {
                ServerSocket socket = new ServerSocket();
                try {
                    socket.bind(new InetSocketAddress(
                            InetAddress.getByAddress(new byte[] {127, network, 0, 1}), MARK_PORT));
                    return socket;
                } catch (IOException taken) {
                    socket.close();
                }
            } catch (IOException e) {
                throw new IllegalStateException("cannot open a socket", e);
            }
        }
        throw new IllegalStateException("no free 127.X.0.0/16: port " + MARK_PORT + " is taken in all of them");
    }
}
