package dev.lastcall.demo;

import dev.lastcall.demo.NodeStory.Entry;
import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.demo.Timeline.Pulse;
import dev.lastcall.support.load.RequestRecord;
import dev.lastcall.support.load.Tally;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Prints a run as it goes: what the watches bring, in the order of its time, and once a second what still runs. */
final class Follower {

    /** Events reach a watch later than pods do; so long a line waits for one that belongs before it. */
    private static final Duration ORDERING = Duration.ofMillis(400);

    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration PULSE = Duration.ofSeconds(1);

    private final Screen screen;
    private final Timeline timeline;
    private final Scene scene;
    private final NodeStory story;
    private final Instant zero;
    private final Instant end;
    private final long atNotice;
    private final InstantSource clock = InstantSource.system();
    private Map<Integer, Long> bytes;
    private Entry pulse;

    /**
     * @param zero the notice, T+0
     * @param end the moment the node goes away
     */
    Follower(Screen screen, Scene scene, NodeStory story, Instant zero, Instant end) {
        this.screen = screen;
        this.timeline = new Timeline(screen.style());
        this.scene = scene;
        this.story = story;
        this.zero = zero;
        this.end = end;
        List<RequestRecord> open = open(scene.load().tally());
        this.atNotice = open.size();
        this.bytes = bytes(open);
        this.pulse = new Entry(Instant.MAX, Mark.RUNNING, "");
    }

    /** What happens at T+0. */
    void begin(String text) {
        screen.line(timeline.event(Duration.ZERO, Mark.NOTICE, text));
    }

    /** Returns when it is over or the limit has come, with everything told. @return whether it was over */
    boolean follow(BooleanSupplier over, Instant limit) throws InterruptedException {
        Instant nextPulse = clock.instant().plus(PULSE);
        boolean done = false;
        while (!done && clock.instant().isBefore(limit)) {
            done = over.getAsBoolean();
            tell(clock.instant().minus(ORDERING));
            if (!clock.instant().isBefore(nextPulse)) {
                nextPulse = nextPulse.plus(PULSE);
                takePulse();
            }
            Thread.sleep(TICK);
        }
        Thread.sleep(ORDERING);
        tell(Instant.MAX);
        screen.settle();
        return done;
    }

    /** Whether a request is under way on a pod that goes. */
    boolean anyOpen() {
        return !open(scene.load().tally()).isEmpty();
    }

    private void tell(Instant until) {
        if (pulse.at().isBefore(until)) {
            story.until(pulse.at()).forEach(this::print);
            screen.progress(pulse.text());
            pulse = new Entry(Instant.MAX, Mark.RUNNING, "");
        }
        story.until(until).forEach(this::print);
    }

    private void print(Entry entry) {
        screen.line(timeline.event(Duration.between(zero, entry.at()), entry.mark(), entry.text()));
    }

    private void takePulse() {
        Tally truth = scene.load().tally();
        List<RequestRecord> open = open(truth);
        Map<Integer, Long> before = bytes;
        bytes = bytes(open);
        long silent = open.stream()
                .filter(r -> Long.valueOf(r.bytes()).equals(before.get(r.number())))
                .count();
        Score score = Score.of(truth.records(), scene.doomed(), zero, end);
        if (open.isEmpty() && score.total() == 0) {
            return;
        }
        Instant now = clock.instant();
        String text = timeline.pulse(
                Duration.between(zero, now),
                new Pulse(open.size(), silent, score.finished(), score.lost()),
                atNotice,
                Duration.between(now, end));
        pulse = new Entry(now, Mark.RUNNING, text);
    }

    private List<RequestRecord> open(Tally truth) {
        return truth.unfinished().stream()
                .filter(r -> r.pod() != null && scene.doomed().contains(r.pod()))
                .toList();
    }

    private static Map<Integer, Long> bytes(List<RequestRecord> open) {
        return open.stream().collect(Collectors.toMap(RequestRecord::number, RequestRecord::bytes));
    }
}
