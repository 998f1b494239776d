package dev.lastcall.support.controlplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs beside the test and never outlives it: killed on close and, where the kernel and util-linux
 * allow, killed by the kernel when this JVM dies without a chance to clean up.
 */
public final class ChildProcess implements AutoCloseable {

    /**
     * The kernel sends the parent-death signal when the <em>thread</em> that started the child ends, so all children
     * are started by one thread that lives as long as the JVM.
     */
    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("child-starter").factory());

    private static final boolean DIES_WITH_PARENT = canDieWithParent();

    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts {@code command} with stdout and stderr in {@code log}, {@code environment} added to this JVM's. */
    public static ChildProcess start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        List<String> line = new ArrayList<>();
        if (DIES_WITH_PARENT) {
            line.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        }
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        try {
            return new ChildProcess(name, STARTER.submit(builder::start).get(), log);
        } catch (ExecutionException e) {
            throw new IOException("cannot start " + name, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting " + name, e);
        }
    }

    /** True if the kernel kills children whose JVM was killed; else only a JVM that ends in order takes them along. */
    public static boolean diesWithParent() {
        return DIES_WITH_PARENT;
    }

    public String name() {
        return name;
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Completes with the exit code when it has ended. */
    public CompletableFuture<Integer> exited() {
        return process.onExit().thenApply(Process::exitValue);
    }

    public Path log() {
        return log;
    }

    /** The last lines of its log, headed by its name: what a failed start has to show. */
    public String tail(int lines) {
        try {
            List<String> all = Files.readAllLines(log);
            return "--- " + name + (process.isAlive() ? "" : " (exit code " + process.exitValue() + ")") + ", log:\n"
                    + String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "--- " + name + ": log cannot be read: " + e;
        }
    }

    /** SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** SIGKILL, and waits until it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (!process.waitFor(10, TimeUnit.SECONDS)) {
                        throw new IllegalStateException(name + " (pid " + process.pid() + ") survived SIGKILL");
                    }
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean canDieWithParent() {
        try {
            return new ProcessBuilder("setpriv", "--pdeathsig", "KILL", "--", "true")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
