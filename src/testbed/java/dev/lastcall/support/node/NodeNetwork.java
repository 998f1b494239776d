package dev.lastcall.support.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The node's bridge: pods hang on it, its address is the node's. No forwarding, no masquerading, no firewall rule: pods reach
 * this machine and each other, and nothing else.
 */
final class NodeNetwork {

    static final String PREFIX = "lcn";

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final String bridge;
    private final String net;

    private NodeNetwork(String bridge, String net) {
        this.bridge = bridge;
        this.net = net;
    }

    static NodeNetwork create() throws IOException {
        NodeNetwork network = new NodeNetwork(NodeName.next(PREFIX), freeNet());
        Command.must("ip", "link", "add", network.bridge, "type", "bridge");
        Command.must("ip", "addr", "add", network.address() + "/24", "dev", network.bridge);
        Command.must("ip", "link", "set", network.bridge, "up");
        return network;
    }

    /** Gives the bridge one more address, such as that of a Service. */
    void alsoKnownAs(String address) {
        Command.must("ip", "addr", "add", address + "/32", "dev", bridge);
    }

    /** The node's own address on the bridge. */
    String address() {
        return net + ".1";
    }

    /** The CNI configuration list; containerd adds the loopback by itself. @param data where host-local keeps its leases */
    String cni(Path data) {
        // The bridge has its address already, so that the plugin need not switch on forwarding for the whole machine.
        return """
                {"cniVersion": "0.4.0", "name": "lastcall", "plugins": [
                  {"type": "bridge", "bridge": "%s", "isGateway": false, "ipMasq": false, "hairpinMode": true,
                   "ipam": {"type": "host-local", "dataDir": "%s", "routes": [{"dst": "0.0.0.0/0"}],
                            "ranges": [[{"subnet": "%s.0/24", "rangeStart": "%s.10", "gateway": "%s"}]]}}]}
                """.formatted(bridge, data, net, net, address());
    }

    /** Removes the bridge once the kernel has taken down the pods' ends of it. */
    void delete() {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!ports().isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        Command.run("ip", "link", "del", bridge);
    }

    /** Removes the bridges of nodes whose JVM was killed. */
    static void sweep() {
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            links.map(link -> link.getFileName().toString())
                    .filter(link -> NodeName.leftBehind(link, PREFIX))
                    .forEach(link -> Command.run("ip", "link", "del", link));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> ports() {
        try (Stream<Path> ports = Files.list(Path.of("/sys/class/net", bridge, "brif"))) {
            return ports.toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The first three numbers of a /24 that no interface of this machine is in. */
    private static String freeNet() throws SocketException {
        for (int third = (int) (ProcessHandle.current().pid() % 200); ; third++) {
            String net = "10.244." + third % 250;
            boolean taken = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .anyMatch(address -> address.getHostAddress().startsWith(net + "."));
            if (!taken) {
                return net;
            }
        }
    }
}
