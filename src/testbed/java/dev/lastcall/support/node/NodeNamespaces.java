package dev.lastcall.support.node;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.TestbedBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The mount and process namespaces of one node, made by {@code src/test/testbed/node-init}, and what runs in them. They end
 * with their first process: the kernel kills all others and drops every mount, and it does so too when this JVM is killed.
 */
final class NodeNamespaces implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final NodeFiles files;
    private final List<ChildProcess> children = new ArrayList<>();
    private @Nullable ProcessHandle init;

    private NodeNamespaces(NodeFiles files) {
        this.files = files;
    }

    static NodeNamespaces enter(NodeFiles files) throws IOException {
        NodeNamespaces namespaces = new NodeNamespaces(files);
        try {
            namespaces.make();
            return namespaces;
        } catch (IOException | RuntimeException e) {
            namespaces.close();
            throw e;
        }
    }

    /** Starts a program in there. */
    ChildProcess start(String program, List<String> command, Map<String, String> environment) throws IOException {
        ChildProcess child = ChildProcess.start(program, inside(command), environment, files.log(program));
        synchronized (children) {
            children.add(child);
        }
        return child;
    }

    /** Runs a program in there to its end. */
    Command run(String... command) {
        return Command.run(inside(List.of(command)));
    }

    /** SIGKILL to a program of {@link #start}. */
    void end(ChildProcess child) {
        child.handle().children().forEach(ProcessHandle::destroyForcibly);
        leave(child);
        synchronized (children) {
            children.remove(child);
        }
    }

    /** A file as it is seen in there. */
    Path view(String path) {
        return Path.of("/proc", String.valueOf(first().pid()), "root", path);
    }

    /** A program that has ended without being asked to. */
    Optional<ChildProcess> ended() {
        synchronized (children) {
            return children.stream().filter(child -> !child.alive()).findFirst();
        }
    }

    String logTails() {
        synchronized (children) {
            return children.stream().map(child -> "\n" + child.tail(15)).collect(Collectors.joining());
        }
    }

    @Override
    public void close() {
        if (init != null) {
            // Its parent hears of its end when the kernel has killed all others.
            init.destroyForcibly();
        }
        synchronized (children) {
            children.reversed().forEach(NodeNamespaces::leave);
        }
    }

    private void make() throws IOException {
        Path script = TestbedBinaries.script().resolveSibling("node-init");
        ChildProcess holder = ChildProcess.start(
                "namespaces",
                List.of(
                        "unshare",
                        "--mount",
                        "--propagation=private",
                        "--pid",
                        "--fork",
                        "--kill-child=KILL",
                        "--mount-proc",
                        "--",
                        script.toString(),
                        files.root().toString()),
                Map.of(),
                files.log("namespaces"));
        children.add(holder);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!Files.exists(files.ready())) {
            if (!holder.alive() || System.nanoTime() > deadline) {
                throw new IOException("no namespaces: " + holder.tail(20));
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        init = holder.handle().children().findFirst().orElseThrow();
    }

    private List<String> inside(List<String> command) {
        return Stream.concat(
                        Stream.of("nsenter", "--target", String.valueOf(first().pid()), "--mount", "--pid", "--"),
                        command.stream())
                .toList();
    }

    private ProcessHandle first() {
        if (init == null) {
            throw new IllegalStateException("the namespaces are not there");
        }
        return init;
    }

    /**
     * An nsenter ends by itself once it has reaped what it started. Killed before, it would leave a zombie to the machine's
     * first process, and a namespace with a zombie in it does not end.
     */
    private static void leave(ChildProcess child) {
        try {
            child.handle().onExit().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            System.out.println("testbed: " + child.name() + " does not end by itself");
        }
        child.close();
    }
}
