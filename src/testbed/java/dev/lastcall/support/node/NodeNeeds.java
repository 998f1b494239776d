package dev.lastcall.support.node;

import dev.lastcall.support.controlplane.TestbedBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a machine must have and allow for a real node. */
final class NodeNeeds {

    private static final Map<String, String> TOOLS = new TreeMap<>(Map.of(
            "containerd", "containerd",
            "ctr", "containerd",
            "runc", "runc",
            "unshare", "util-linux",
            "nsenter", "util-linux",
            "setpriv", "util-linux",
            "ip", "iproute2"));

    private NodeNeeds() {}

    /** The first thing that is missing, in words a person can act on. */
    static Optional<String> missing() {
        return root().or(NodeNeeds::tools).or(NodeNeeds::cni).or(NodeNeeds::kernel);
    }

    /** Where the CNI plugins lie. */
    static Optional<Path> cniPlugins() {
        return Stream.of("/usr/lib/cni", "/opt/cni/bin")
                .map(Path::of)
                .filter(folder -> Stream.of("bridge", "host-local", "loopback")
                        .allMatch(plugin -> Files.isExecutable(folder.resolve(plugin))))
                .findFirst();
    }

    private static Optional<String> root() {
        try {
            boolean root = Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            return root ? Optional.empty() : Optional.of("a real node needs root");
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.of("a real node needs Linux");
        }
    }

    private static Optional<String> tools() {
        return TOOLS.entrySet().stream()
                .filter(tool -> !onPath(tool.getKey()))
                .map(tool -> tool.getKey() + " is missing; the package " + tool.getValue() + " brings it")
                .findFirst();
    }

    private static Optional<String> cni() {
        return cniPlugins().isPresent()
                ? Optional.empty()
                : Optional.of("the CNI plugins are missing; the package containernetworking-plugins brings them");
    }

    private static Optional<String> kernel() {
        String probe = NodeName.next(NodeNetwork.PREFIX);
        return Stream.of(
                        List.of(
                                "unshare",
                                "--mount",
                                "--pid",
                                "--fork",
                                "--mount-proc",
                                "--",
                                "sh",
                                "-c",
                                "d=$(mktemp -d) && trap 'umount -l $d; rmdir $d' EXIT && mount -t tmpfs none $d && mkdir $d/u $d/w"
                                        + " && mount -t overlay -o lowerdir=/run,upperdir=$d/u,workdir=$d/w none /run"),
                        List.of("ip", "link", "add", probe, "type", "bridge"),
                        List.of("ip", "link", "del", probe))
                .map(line -> Map.entry(line, Command.run(line)))
                .filter(tried -> !tried.getValue().ok())
                .map(tried -> "this machine does not allow it: " + String.join(" ", tried.getKey()) + ": "
                        + tried.getValue().output())
                .findFirst()
                .or(NodeNeeds::cgroups);
    }

    private static Optional<String> cgroups() {
        try {
            NodeCgroups.create(NodeName.next(RealNode.CGROUP)).delete();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("control groups cannot be made here: " + e);
        }
    }

    private static boolean onPath(String tool) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }

    /** The programs built from Go modules; missing ones are the builder's mistake, not a reason to skip. */
    static void insistOnPrograms() {
        TestbedBinaries programs = TestbedBinaries.locate();
        List.of("kubelet", "pause").forEach(programs::path);
    }
}
