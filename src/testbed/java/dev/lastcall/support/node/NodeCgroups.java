package dev.lastcall.support.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The control group that holds all pods of one node, in every hierarchy of the machine: kubelet's {@code cgroupRoot}, so
 * that nothing of ours stands beside another kubelet's {@code kubepods}.
 */
final class NodeCgroups {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final String name;

    private NodeCgroups(String name) {
        this.name = name;
    }

    static NodeCgroups create(String name) throws IOException {
        NodeCgroups cgroups = new NodeCgroups(name);
        try {
            for (Hierarchy hierarchy : hierarchies()) {
                cgroups.create(hierarchy);
            }
            return cgroups;
        } catch (IOException e) {
            cgroups.delete();
            throw e;
        }
    }

    private void create(Hierarchy hierarchy) throws IOException {
        Path directory = hierarchy.mount().resolve(name);
        Files.createDirectory(directory);
        if (hierarchy.unified() && hierarchies().size() == 1) {
            // Version 2 alone: controllers are handed down level by level.
            for (Path level : List.of(hierarchy.mount(), directory)) {
                Files.writeString(level.resolve("cgroup.subtree_control"), "+cpu +cpuset +memory +pids");
            }
        }
        for (String given : List.of("cpuset.cpus", "cpuset.mems")) {
            // A version 1 cpuset starts empty, and no process may enter an empty one.
            if (!hierarchy.unified() && Files.exists(directory.resolve(given))) {
                Files.writeString(
                        directory.resolve(given),
                        Files.readString(hierarchy.mount().resolve(given)));
            }
        }
    }

    /** For {@code cgroupRoot}. */
    String path() {
        return "/" + name;
    }

    /** Removes all of it; every process of the node must have ended. */
    void delete() {
        hierarchies().forEach(hierarchy -> delete(hierarchy.mount().resolve(name)));
    }

    /** Removes what nodes whose JVM was killed have left. */
    static void sweep(String prefix) {
        for (Hierarchy hierarchy : hierarchies()) {
            try (Stream<Path> groups = Files.list(hierarchy.mount())) {
                groups.filter(group -> NodeName.leftBehind(group.getFileName().toString(), prefix))
                        .forEach(NodeCgroups::delete);
            } catch (IOException | UncheckedIOException e) {
                // What cannot be read cannot be swept; it harms nobody.
                continue;
            }
        }
    }

    private static void delete(Path directory) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (Files.exists(directory)) {
            try (Stream<Path> tree = Files.walk(directory)) {
                // The kernel removes a group's own files with it; only directories can be removed.
                for (Path group : tree.filter(Files::isDirectory)
                        .sorted(Comparator.reverseOrder())
                        .toList()) {
                    Files.deleteIfExists(group);
                }
            } catch (IOException | UncheckedIOException e) {
                // Busy for as long as the kernel still takes down the last process.
                if (System.nanoTime() > end) {
                    System.out.println("testbed: cannot delete " + directory + ": " + e);
                    return;
                }
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }

    private record Hierarchy(Path mount, boolean unified) {}

    /** From /proc/self/mounts: device, mount point, type, options. */
    private static List<Hierarchy> hierarchies() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
            return mounts.map(line -> line.split(" ", -1))
                    .filter(part -> part[2].equals("cgroup") || part[2].equals("cgroup2"))
                    .map(part -> new Hierarchy(Path.of(part[1]), part[2].equals("cgroup2")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
