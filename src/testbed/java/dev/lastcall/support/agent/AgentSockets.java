package dev.lastcall.support.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Whom a process talks to, by its own TCP sockets in {@code /proc}, connections that are still being tried included. */
public final class AgentSockets {

    private static final String LISTENING = "0A";

    private AgentSockets() {}

    /** The remote addresses that are not this machine itself. */
    public static Set<String> beyondLoopback(long pid) throws IOException {
        Set<String> inodes = inodes(pid);
        Set<String> remotes = new TreeSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "net", table))) {
                lines.skip(1)
                        .map(line -> line.strip().split("\\s+"))
                        .filter(fields -> !fields[3].equals(LISTENING) && inodes.contains(fields[9]))
                        .map(fields -> address(fields[2]))
                        .filter(address -> !address.isLoopbackAddress())
                        .forEach(address -> remotes.add(address.getHostAddress()));
            }
        }
        return remotes;
    }

    private static Set<String> inodes(long pid) throws IOException {
        Set<String> inodes = new TreeSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path each : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(each).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (IOException closedMeanwhile) {
                    // A descriptor that went away while the list was read.
                }
            }
        }
        return inodes;
    }

    /** {@code ADDRESS:PORT} in hexadecimal, each group of four bytes in the machine's order. */
    private static InetAddress address(String field) {
        byte[] raw = HexFormat.of().parseHex(field.substring(0, field.indexOf(':')));
        byte[] ordered = new byte[raw.length];
        for (int i = 0; i < raw.length; i++) {
            ordered[i] = raw[(i & ~3) + 3 - (i & 3)];
        }
        try {
            return InetAddress.getByAddress(ordered);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(field, impossible);
        }
    }
}
