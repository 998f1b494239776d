package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ControlPlane;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * One interruption, watched. Environment: {@code NOTICE} (30s), {@code SKIP_COMPARE}, {@code ALL_DOOMED}, {@code NO_COLOR},
 * {@code FORCE_COLOR}. Exit code 0: no request was lost that could have finished, and where all pods are doomed nobody was turned
 * away; 1: one was, or the demo failed; 2: a value nobody can use.
 */
public final class Demo {

    private Demo() {}

    public static void main(String[] args) {
        System.exit(DemoStage.run(System.getenv(), Demo::play));
    }

    private static boolean play(Screen screen, Consumer<String> step, Path folder, DemoOptions options)
            throws Exception {
        Timeline timeline = new Timeline(screen.style());
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
            return options.allDoomed() ? play.lastOnes() : play.againstEviction();
        }
    }
}
