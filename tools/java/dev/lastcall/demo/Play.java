package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ControlPlane;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Which two runs are shown side by side. */
final class Play {
    private final ControlPlane plane;
    private final Screen screen;
    private final Consumer<String> step;
    private final Optional<Path> nvml;
    private final DemoOptions options;

    Play(ControlPlane plane, Screen screen, Consumer<String> step, Optional<Path> nvml, DemoOptions options) {
        this.plane = plane;
        this.screen = screen;
        this.step = step;
        this.nvml = nvml;
        this.options = options;
    }

    /** With the agent, and evicted at once. @return whether the first went well */
    boolean againstEviction() throws Exception {
        LastcallRun.Result with = run(Scene.Rest.ONE_SERVES, Map.of())
                .play(plane, "demo", options.notice(), "A spot notice of " + notice());
        if (options.compare()) {
            heading("And without an agent");
            EvictionRun.Result without = new EvictionRun(screen, step).play(plane, options.notice());
            screen.line("");
            tables().sideBySide(with.score(), without.score(), without.began()).forEach(screen::line);
        }
        return well(with);
    }

    /** All pods of the service are doomed: with the rule that the last ones serve on, and with everybody leaving at once. */
    boolean lastOnes() throws Exception {
        LastcallRun.Result with = run(Scene.Rest.NONE_SERVES, Map.of())
                .play(plane, "last", options.notice(), "A spot notice of " + notice() + " for all pods of the service");
        rejected(with);
        if (options.compare()) {
            heading("And without the rule");
            LastcallRun.Result without = run(Scene.Rest.NONE_SERVES, Map.of("lastcall.serving.keep-in-rotation", "0"))
                    .play(
                            plane,
                            "at-once",
                            options.notice(),
                            "The same, with lastcall.serving.keep-in-rotation=0: all leave their routers at once");
            rejected(without);
            screen.line("");
            tables().rule(with, without).forEach(screen::line);
        }
        return well(with) && with.score().rejected() == 0;
    }

    private LastcallRun run(Scene.Rest rest, Map<String, String> settings) {
        return new LastcallRun(screen, step, nvml, rest, settings);
    }

    private void rejected(LastcallRun.Result run) {
        screen.line("  " + run.score().rejected() + " requests were turned away; the router had nobody to send to for "
                + run.nobody().toMillis() + " ms.");
    }

    private static boolean well(LastcallRun.Result run) {
        return run.done() && run.score().avoidable() == 0;
    }

    private String notice() {
        return LastcallRun.seconds(options.notice());
    }

    private void heading(String text) {
        screen.line(new Timeline(screen.style()).heading(text));
    }

    private ScoreTables tables() {
        return new ScoreTables(screen.style());
    }
}
