package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ControlPlane;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One interruption, watched. Environment: {@code NOTICE} (30s), {@code SKIP_COMPARE}, {@code ALL_DOOMED}, {@code NO_COLOR},
 * {@code FORCE_COLOR}. Exit code 0: no request was lost that could have finished, and where all pods are doomed nobody was turned
 * away; 1: one was, or the demo failed; 2: a value nobody can use.
 */
public final class Demo {

    private Demo() {}

    public static void main(String[] args) {
        System.exit(run());
    }

    private static int run() {
        DemoOptions options;
        try {
            options = DemoOptions.from(System.getenv());
        } catch (DemoOptions.Unusable unusable) {
            System.err.println("lastcall: " + unusable.getMessage());
            return 2;
        }
        boolean terminal = System.console() != null && System.console().isTerminal();
        Screen screen = new Screen(System.out, Style.of(terminal, System.getenv(), System.out.charset()));
        Thread interrupted = new Thread(() -> screen.close("  stopping: nothing is left running"), "demo-interrupted");
        Runtime.getRuntime().addShutdownHook(interrupted);
        int code = play(options, screen);
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException ending) {
            // Ctrl-C: the hook has the last word.
        }
        return code;
    }

    private static int play(DemoOptions options, Screen screen) {
        Timeline timeline = new Timeline(screen.style());
        long began = System.nanoTime();
        Consumer<String> step = text -> screen.line(timeline.step(Duration.ofNanos(System.nanoTime() - began), text));
        Path folder = temporary();
        try {
            screen.line(timeline.heading("Lastcall: one interruption, end to end"));
            screen.line("A spot node with three serving pods gets its notice under load; T+ is the time since then.");
            screen.line(
                    options.allDoomed()
                            ? "They are all that the service has: nobody else serves until a replacement has loaded."
                            : "One more pod of the service runs elsewhere and stays.");
            screen.line("What follows was read from the API server, as kubectl shows it, and from the clients.");
            screen.line("");
            step.accept("starting etcd, kube-apiserver, kube-controller-manager and kube-scheduler");
            try (ControlPlane plane = ControlPlane.start()) {
                step.accept("the control plane answers: " + plane.server());
                Play play = new Play(plane, screen, step, SimulatedGpus.in(folder), options);
                return (options.allDoomed() ? play.lastOnes() : play.againstEviction()) ? 0 : 1;
            }
        } catch (Exception failed) {
            screen.line("  the demo failed: " + failed.getMessage());
            return 1;
        } finally {
            delete(folder);
        }
    }

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("lastcall-demo");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "demo-files"));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException gone) {
            // Somebody else was quicker, or the system clears its temporary files itself.
        }
    }
}
