package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ControlPlane;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * One interruption, watched. Environment: {@code NOTICE} (30s), {@code SKIP_COMPARE}, {@code NO_COLOR},
 * {@code FORCE_COLOR}. Exit code 0: no request was lost that could have finished; 1: one was, or the demo failed; 2: a
 * value nobody can use.
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
        screen.line("What follows was read from the API server, as kubectl shows it, and from the clients.");
        screen.line("");
        step.accept("starting etcd, kube-apiserver, kube-controller-manager and kube-scheduler");
        try (ControlPlane plane = ControlPlane.start()) {
            step.accept("the control plane answers: " + plane.server());
            LastcallRun.Result with =
                    new LastcallRun(screen, step, SimulatedGpus.in(folder)).play(plane, options.notice());
            if (options.compare()) {
                screen.line(timeline.heading("And without an agent"));
                EvictionRun.Result without = new EvictionRun(screen, step).play(plane, options.notice());
                screen.line("");
                new ScoreTables(screen.style())
                        .sideBySide(with.score(), without.score(), without.began())
                        .forEach(screen::line);
            }
            return with.done() && with.score().avoidable() == 0;
        }
    }
}
