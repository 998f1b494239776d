package dev.lastcall.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.demo.Style.Ink;
import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.Outage;
import dev.lastcall.support.stack.ServingStack;
import dev.lastcall.support.stack.SpotNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Load rises and the chart scales; then the cloud takes two of the nodes back, while the load goes on. */
final class StackRun {

    /** Six in flight are wanted per replica: with one on demand beside them these are enough for four. */
    private static final int IN_FLIGHT = 29;

    private static final int REPLICAS = 4;
    private static final int DOOMED = 2;
    private static final Duration NOTICE = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration TICK = Duration.ofMillis(100);

    private final Screen screen;
    private final ServingStack stack;
    private final Timeline timeline;
    private final InstantSource clock = InstantSource.system();

    StackRun(Screen screen, ServingStack stack) {
        this.screen = screen;
        this.stack = stack;
        this.timeline = new Timeline(screen.style());
    }

    /**
     * @param scaled from the load to four replicas Ready, and on demand only its floor again; empty: it never was so
     * @param doomed pods on nodes with a notice
     * @param started spot pods that were created after the notice
     * @param replaced how long after the notice their last replacement was created; empty: there are too few
     * @param onDemand most replicas that the pool on demand was told to have
     * @param nobody for how long the router had nobody to send to
     */
    record Result(
            Optional<Duration> scaled,
            int doomed,
            int started,
            Optional<Duration> replaced,
            int onDemand,
            Duration nobody,
            List<JsonNode> reports,
            Tally clients) {

        boolean well() {
            return scaled.isPresent()
                    && replaced.isPresent()
                    // One stands in for each that goes, and for a replacement that started on the other doomed node.
                    && onDemand > doomed
                    && onDemand <= 1 + started
                    && clients.lost().isEmpty()
                    && clients.rejected() == 0
                    && reports.size() == DOOMED
                    && reports.stream()
                            .allMatch(report ->
                                    "done".equals(report.path("outcome").asText()));
        }
    }

    Result play() throws Exception {
        try (StackStory story = new StackStory(stack.client());
                LoadClient load = LoadClient.start(
                        stack.router().address(),
                        LoadPlan.concurrency(IN_FLIGHT).lasting(Duration.ofSeconds(2), Duration.ofSeconds(6)))) {
            screen.line(timeline.heading("Load rises: " + IN_FLIGHT + " requests are in flight all the time"));
            Instant began = clock.instant();
            screen.line(timeline.event(
                    Duration.ZERO, Mark.NOTICE, "the load begins; one replica serves on spot, one on demand"));
            boolean grown = follow(
                    story,
                    began,
                    began.plus(LIMIT),
                    () -> stack.pods("spot").stream().filter(StackRun::isReady).count() >= REPLICAS
                            && stack.wanted("ondemand") == 1);
            Optional<Duration> scaled =
                    grown ? Optional.of(Duration.between(began, clock.instant())) : Optional.empty();
            return interrupt(story, load, scaled);
        }
    }

    private Result interrupt(StackStory story, LoadClient load, Optional<Duration> scaled) throws Exception {
        Set<String> before = names(stack.pods("spot"));
        List<SpotNode> doomed = stack.spot().stream()
                .filter(node -> stack.pods("spot").stream()
                        .anyMatch(pod -> node.name().equals(pod.getSpec().getNodeName())))
                .limit(DOOMED)
                .toList();
        Set<String> going = doomed.stream().map(SpotNode::name).collect(Collectors.toSet());
        int pods = (int) stack.pods("spot").stream()
                .filter(pod -> going.contains(pod.getSpec().getNodeName()))
                .count();
        screen.line(timeline.heading(
                "A spot notice of " + NOTICE.toSeconds() + " s for two of the nodes, under the same load"));
        Instant zero = clock.instant();
        for (SpotNode node : doomed) {
            node.interrupt(NOTICE);
        }
        screen.line(
                timeline.event(Duration.ZERO, Mark.NOTICE, "AWS: " + String.join(" and ", going) + " are terminated"));
        int[] onDemand = {0};
        follow(story, zero, zero.plus(NOTICE).plusSeconds(15), () -> {
            onDemand[0] = Math.max(onDemand[0], stack.wanted("ondemand"));
            return reports(doomed).size() == DOOMED && onDemand[0] > pods;
        });
        for (SpotNode node : doomed) {
            node.powerOff();
        }
        load.stopArrivals();
        Tally clients = load.await(Duration.ofMinutes(1));
        List<Instant> after = story.created("spot", before);
        Optional<Duration> replaced =
                after.size() < pods ? Optional.empty() : Optional.of(Duration.between(zero, after.get(pods - 1)));
        return new Result(
                scaled,
                pods,
                after.size(),
                replaced,
                onDemand[0],
                Outage.of(stack.router().changes(), zero, clock.instant()),
                reports(doomed),
                clients);
    }

    /** Tells what happens until it is over or the time is. @return whether it was over */
    private boolean follow(StackStory story, Instant zero, Instant limit, BooleanSupplier over)
            throws InterruptedException {
        boolean done = false;
        while (!done && clock.instant().isBefore(limit)) {
            done = over.getAsBoolean();
            Thread.sleep(TICK);
            for (NodeStory.Entry entry : story.taken()) {
                screen.line(timeline.event(Duration.between(zero, entry.at()), entry.mark(), entry.text()));
            }
        }
        return done;
    }

    private List<JsonNode> reports(List<SpotNode> nodes) {
        List<JsonNode> reports = new ArrayList<>();
        for (SpotNode node : nodes) {
            try {
                stack.report(node).ifPresent(reports::add);
            } catch (IOException broken) {
                throw new IllegalStateException("the report of " + node.name() + " is no JSON", broken);
            }
        }
        return reports;
    }

    List<String> score(Result result) {
        List<String> lines = new ArrayList<>();
        lines.add(screen.style().paint(Ink.DIM, "  load and notice"));
        lines.add("  four replicas after           "
                + result.scaled().map(StackRun::seconds).orElse("never"));
        lines.add("  pods on doomed nodes          " + result.doomed());
        lines.add("  their replacements created    "
                + result.replaced()
                        .map(time -> time.toMillis() + " ms after the notice")
                        .orElse("not all of them"));
        lines.add("  on demand, from 1 to          " + result.onDemand());
        lines.add("  nobody in rotation            " + result.nobody().toMillis() + " ms");
        lines.add("  requests finished             " + result.clients().finished());
        lines.add("  requests cut                  " + result.clients().lost().size());
        lines.add("  requests turned away          " + result.clients().rejected());
        return lines;
    }

    private static String seconds(Duration time) {
        return time.toMillis() / 100 / 10.0 + " s";
    }

    private static Set<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getName()).collect(Collectors.toSet());
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(each ->
                        each.getType().equals("Ready") && each.getStatus().equals("True"));
    }
}
