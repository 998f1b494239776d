package dev.lastcall.support.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of one node, all under one temporary directory. */
final class NodeFiles {

    static final String PREFIX = "lastcall-node-";

    private final Path root;

    private NodeFiles(Path root) {
        this.root = root;
    }

    static NodeFiles create() throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        // The node lays its own /var/lib and /run over the machine's; a unix socket's path has 107 characters at most.
        boolean unfit = temporary.startsWith("/var")
                || temporary.startsWith("/run")
                || temporary.toString().length() > 40;
        Path root = (unfit ? Path.of("/tmp") : temporary).resolve(NodeName.next(PREFIX));
        return new NodeFiles(Files.createDirectories(root));
    }

    Path root() {
        return root;
    }

    Path log(String program) {
        return root.resolve(program + ".log");
    }

    /** Mounted at /var/lib/kubelet inside. */
    Path kubelet() {
        return root.resolve("kubelet");
    }

    /** Mounted at /var/log/pods inside. */
    Path podLogs() {
        return root.resolve("logs");
    }

    /** Mounted at /proc/driver inside. */
    Path procDriver() {
        return root.resolve("proc-driver");
    }

    /** Appears when the namespaces are ready. */
    Path ready() {
        return root.resolve("ready");
    }

    Path containerdConfig(String cni, Path cniPlugins, String pauseImage) throws IOException {
        Path lists = Files.createDirectories(root.resolve("cni"));
        Files.writeString(lists.resolve("10-lastcall.conflist"), cni);
        // restrict_oom_score_adj: a root without CAP_SYS_RESOURCE cannot lower a score, and runc would fail without a
        // word
        // of it. Paths under /run and /var/lib are the node's own, see node-init.
        return Files.writeString(root.resolve("containerd.toml"), """
                version = 2
                root = "%1$s/containerd"
                state = "/run/containerd"
                disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
                  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
                [grpc]
                  address = "/run/containerd/containerd.sock"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "%2$s"
                  restrict_oom_score_adj = true
                  stream_server_address = "127.0.0.1"
                  stream_server_port = "0"
                  [plugins."io.containerd.grpc.v1.cri".cni]
                    bin_dir = "%3$s"
                    conf_dir = "%1$s/cni"
                  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                    runtime_type = "io.containerd.runc.v2"
                  # What a GPU operator brings, without the GPUs: a RuntimeClass "nvidia" finds its handler.
                  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
                    runtime_type = "io.containerd.runc.v2"
                """.formatted(root, pauseImage, cniPlugins));
    }

    Path leases() {
        return root.resolve("leases");
    }

    Path kubeletConfig(String address, int port, String cgroupRoot) throws IOException {
        return Files.writeString(root.resolve("kubelet.yaml"), """
                apiVersion: kubelet.config.k8s.io/v1beta1
                kind: KubeletConfiguration
                address: "%s"
                port: %d
                healthzPort: 0
                authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
                authorization: {mode: AlwaysAllow}
                cgroupDriver: cgroupfs
                cgroupRoot: "%s"
                containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
                enforceNodeAllocatable: []
                evictionHard: {memory.available: 20Mi, nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%"}
                failCgroupV1: false
                failSwapOn: false
                imageGCHighThresholdPercent: 100
                makeIPTablesUtilChains: false
                nodeStatusUpdateFrequency: 2s
                oomScoreAdj: 0
                resolvConf: ""
                volumePluginDir: "%s/volume-plugins"
                """.formatted(address, port, cgroupRoot, root));
    }

    String podLog(String namespace, String pod, String container) throws IOException {
        Pattern ours = Pattern.compile(
                Pattern.quote(namespace + "_" + pod + "_") + "[^/]+/" + Pattern.quote(container) + "/\\d+\\.log");
        try (Stream<Path> logs = Files.walk(podLogs())) {
            StringBuilder text = new StringBuilder();
            for (Path log : logs.filter(file ->
                            ours.matcher(podLogs().relativize(file).toString()).matches())
                    .sorted()
                    .toList()) {
                text.append(Files.readString(log));
            }
            return text.toString();
        }
    }

    void delete() {
        if (Boolean.getBoolean("testbed.keep")) {
            System.out.println("testbed: kept " + root);
        } else {
            delete(root);
        }
    }

    /** Removes the directories of nodes whose JVM was killed; what they had mounted went with their namespaces. */
    static void sweep() throws IOException {
        for (Path folder : new Path[] {Path.of(System.getProperty("java.io.tmpdir")), Path.of("/tmp")}) {
            try (Stream<Path> entries = Files.list(folder)) {
                entries.filter(entry -> NodeName.leftBehind(entry.getFileName().toString(), PREFIX))
                        .forEach(NodeFiles::delete);
            }
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.out.println("testbed: cannot delete " + directory + ": " + e);
        }
    }
}
