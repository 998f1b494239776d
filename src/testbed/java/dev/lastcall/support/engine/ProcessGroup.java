package dev.lastcall.support.engine;

import dev.lastcall.support.kubelet.RunningProgram;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A program that starts processes of its own, in a process group of its own. vLLM's engine and worker processes outlive
 * a SIGKILL of the main process (seen, at 2 GB each), so the group goes as a whole: on {@link #kill}, when the main
 * process has ended, and when this JVM is gone, however it went.
 */
final class ProcessGroup implements RunningProgram {

    private final Process main;
    private final Process guard;
    private final CompletableFuture<Integer> exited;

    private ProcessGroup(Process main, Process guard) {
        this.main = main;
        this.guard = guard;
        this.exited = main.onExit().thenApply(ended -> {
            sweep();
            return ended.exitValue();
        });
    }

    static ProcessGroup start(List<String> command, Map<String, String> environment, Path log) throws IOException {
        List<String> line = new ArrayList<>(List.of("setsid"));
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(environment);
        Process main = builder.start();
        return new ProcessGroup(main, guard(main.pid()));
    }

    /** Kills the group when this JVM's end of the pipe closes; a word on the pipe sends it home instead. */
    private static Process guard(long group) throws IOException {
        String script = "trap '' INT TERM HUP; read -r word || kill -KILL -" + group;
        return new ProcessBuilder("sh", "-c", script)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    long pid() {
        return main.pid();
    }

    @Override
    public CompletableFuture<Integer> exited() {
        return exited;
    }

    /** SIGTERM to the main process alone, as a container runtime does. */
    @Override
    public void terminate() {
        main.destroy();
    }

    /** SIGTERM to every process of the group. */
    void terminateAll() {
        signal("TERM");
    }

    /** SIGKILL to every process of the group; returns when the main one is gone. */
    @Override
    public void kill() {
        signal("KILL");
        exited.join();
    }

    private void sweep() {
        signal("KILL");
        try (OutputStream toGuard = guard.getOutputStream()) {
            toGuard.write("done\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // It has gone already.
        }
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("sh", "-c", "kill -" + name + " -" + main.pid())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("cannot signal process group " + main.pid(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
