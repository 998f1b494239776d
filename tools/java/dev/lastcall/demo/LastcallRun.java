package dev.lastcall.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.router.Outage;
import dev.lastcall.support.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A run with the agent on the node: the cloud gives its notice. */
final class LastcallRun {

    /** The default of {@code lastcall.drain.safety-margin}. */
    private static final Duration MARGIN = Duration.ofSeconds(3);

    private static final Duration AFTER_THE_END = Duration.ofSeconds(10);

    private final Screen screen;
    private final Consumer<String> step;
    private final Optional<Path> nvml;
    private final InstantSource clock = InstantSource.system();

    private final Scene.Rest rest;
    private final Map<String, String> settings;

    /** @param settings of the agent, besides those that every run has */
    LastcallRun(
            Screen screen, Consumer<String> step, Optional<Path> nvml, Scene.Rest rest, Map<String, String> settings) {
        this.rest = rest;
        this.settings = Map.copyOf(settings);
        this.screen = screen;
        this.step = step;
        this.nvml = nvml;
    }

    /**
     * @param done false when there was no report, or it says failed
     * @param nobody for how long the router had nobody to send to, from the notice to the report
     */
    record Result(Score score, boolean done, Duration nobody) {}

    /** @param heading what is about to be seen */
    Result play(ControlPlane plane, String name, Duration notice, String heading) throws Exception {
        try (Scene scene = Scene.build(plane, name, rest, this::startAgent, step)) {
            Scenario scenario = scene.scenario();
            step.accept(gpus(scenario.agent()));
            try (NodeStory story = new NodeStory(
                    scenario.client(), scenario.kubelet().nodeName(), scenario.namespace(), scene.serving())) {
                screen.line(new Timeline(screen.style()).heading(heading));
                Instant zero = clock.instant();
                Instant deadline = scenario.interrupt(notice);
                Follower follower = new Follower(screen, scene, story, zero, deadline);
                follower.begin("AWS: this instance is terminated at " + deadline);
                follower.follow(() -> scenario.report().isPresent(), deadline.plus(AFTER_THE_END));
                // A stream that is still open now has lost its node: the machine is cut.
                scenario.kubelet().powerOff();
                return result(scene, deadline, scenario.report().orElse(new ObjectMapper().createObjectNode()), zero);
            }
        }
    }

    private Result result(Scene scene, Instant deadline, JsonNode report, Instant zero) throws Exception {
        if (report.isEmpty()) {
            screen.line("  The agent left no report. Its last words:");
            scene.scenario().agent().lines().reversed().stream()
                    .limit(15)
                    .toList()
                    .reversed()
                    .forEach(line -> screen.line("    " + line));
        }
        Duration nobody = Outage.of(scene.scenario().router().changes(), zero, clock.instant());
        scene.load().close();
        Instant noticed =
                report.has("noticedAt") ? Instant.parse(report.path("noticedAt").asText()) : zero;
        Score score = Score.of(scene.load().tally().records(), scene.doomed(), noticed, deadline.minus(MARGIN));
        ScoreTables tables = new ScoreTables(screen.style());
        screen.line("");
        tables.besideLedger(score, Duration.between(zero, noticed), report).forEach(screen::line);
        screen.line("");
        screen.line(tables.verdict(score, report));
        report.path("findings").forEach(finding -> screen.line("  The agent found: " + finding.asText()));
        return new Result(score, "done".equals(report.path("outcome").asText()), nobody);
    }

    private void startAgent(Scenario scenario) throws IOException, InterruptedException {
        AgentProcess agent = scenario.startAgent(builder -> {
            builder.config("lastcall.serving.withdraw", "label,annotation,detach");
            settings.forEach(builder::config);
            nvml.ifPresent(library -> builder.config("lastcall.gpu.library", library.toString())
                    .env(
                            "NVML_SIM_SCENARIO",
                            library.resolveSibling("scenario.json").toString()));
        });
        step.accept("the agent is ready: " + agent.uri("/"));
    }

    /** What the agent says about its GPUs by now. */
    private String gpus(AgentProcess agent) throws IOException, InterruptedException {
        if (nvml.isEmpty()) {
            return "no simulated GPUs: make nvml-sim says why";
        }
        String metrics = agent.get("/metrics").body();
        return count(metrics, "lastcall_gpu_info{") + " GPUs read through NVML, " + count(metrics, "lastcall_mig_info{")
                + " MIG instances on two of them";
    }

    private static long count(String metrics, String start) {
        return metrics.lines().filter(line -> line.startsWith(start)).count();
    }

    static String seconds(Duration notice) {
        return notice.toSeconds() + " s";
    }
}
