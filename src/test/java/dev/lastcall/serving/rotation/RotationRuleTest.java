package dev.lastcall.serving.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotationRuleTest {

    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
    private static final KeepInRotation BUDGET = new KeepInRotation.Budget();

    @Test
    void the_only_pod_of_a_service_serves_on() {
        assertThat(judge(doomed("a", 0), BUDGET, 0)).isInstanceOf(RotationVerdict.Keep.class);
    }

    @Test
    void a_replacement_that_is_ready_lets_it_go() {
        assertThat(judge(doomed("a", 0), BUDGET, 0, healthy("b"))).isInstanceOf(RotationVerdict.Leave.class);
    }

    @Test
    void a_replacement_that_still_loads_does_not() {
        Endpoint loading = new Endpoint("b", false, true, null, false);
        assertThat(judge(doomed("a", 0), BUDGET, 0, loading)).isInstanceOf(RotationVerdict.Keep.class);
    }

    @Test
    void a_neighbour_that_has_been_taken_out_does_not_count() {
        Endpoint out = new Endpoint("b", true, false, null, false);
        assertThat(judge(doomed("a", 0), BUDGET, 0, out)).isInstanceOf(RotationVerdict.Keep.class);
    }

    /** minAvailable 3 of 4 with two doomed: one of the two has to serve on. */
    @Test
    void a_budget_of_three_keeps_as_many_as_are_missing() {
        Endpoint a = new Endpoint("a", true, true, NOON, true);
        Endpoint b = new Endpoint("b", true, true, NOON, true);
        assertThat(judge(a, BUDGET, 3, b, healthy("c"), healthy("d"))).isInstanceOf(RotationVerdict.Keep.class);
        assertThat(judge(b, BUDGET, 3, a, healthy("c"), healthy("d"))).isInstanceOf(RotationVerdict.Leave.class);
    }

    @Test
    void whose_node_goes_later_stays_longer() {
        Endpoint soon = new Endpoint("a", true, true, NOON, true);
        Endpoint late = new Endpoint("b", true, true, NOON.plusSeconds(90), true);
        assertThat(judge(soon, BUDGET, 1, late)).isInstanceOf(RotationVerdict.Leave.class);
        assertThat(judge(late, BUDGET, 1, soon)).isInstanceOf(RotationVerdict.Keep.class);
    }

    @Test
    void zero_lets_every_pod_go_at_once() {
        assertThat(judge(doomed("a", 0), new KeepInRotation.Count(0), 5)).isInstanceOf(RotationVerdict.Leave.class);
    }

    /** A budget of two over a service that never had more than one would keep its pod to the last moment for nothing. */
    @Test
    void no_more_are_waited_for_than_there_were_before() {
        Service service = new Service("Service chat/llm", List.of(doomed("a", 0), healthy("b")), OptionalInt.of(2));
        assertThat(RotationRule.judge(doomed("a", 0), service, BUDGET, 1)).isInstanceOf(RotationVerdict.Leave.class);
    }

    @Test
    void a_pod_that_nothing_is_sent_to_has_no_rotation_to_stay_in() {
        Endpoint notReady = new Endpoint("a", false, true, NOON, false);
        assertThat(judge(notReady, BUDGET, 1)).isInstanceOf(RotationVerdict.Leave.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "all", "1.5", "1001", "budget,1"})
    void what_is_neither_budget_nor_a_number_is_refused(String text) {
        assertThat(KeepInRotation.parse(text)).isEmpty();
    }

    /**
     * Every agent marks its pod, looks at a state that is at least as new as its own last write, and acts, in any order and with any
     * staleness beyond that. Ranking by marks alone fails this: one leaves counting on a pod that is not doomed yet, that pod becomes
     * doomed, still sees the first one serve, and leaves too.
     */
    @Test
    void in_no_order_of_events_do_all_agents_leave_together() {
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            int replicas = 1 + random.nextInt(5);
            int budget = 1 + random.nextInt(replicas);
            History history = new History(replicas);
            List<Seat> seats = IntStream.range(0, replicas)
                    .mapToObj(pod -> new Seat(history, pod, random.nextInt(3)))
                    .toList();
            for (int step = 0; step < 60; step++) {
                seats.get(random.nextInt(replicas)).step(budget, random);
                assertThat(history.at(history.now()).stream().filter(Endpoint::serving))
                        .as("seed %d step %d: %s", seed, step, history.at(history.now()))
                        .hasSizeGreaterThanOrEqualTo(Math.min(budget, replicas));
            }
        }
    }

    @Test
    void once_all_are_doomed_and_everybody_has_looked_no_more_are_kept_than_are_wanted() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            int replicas = 2 + random.nextInt(4);
            int budget = 1 + random.nextInt(replicas - 1);
            History history = new History(replicas);
            List<Seat> seats = IntStream.range(0, replicas)
                    .mapToObj(pod -> new Seat(history, pod, random.nextInt(3)))
                    .toList();
            for (int step = 0; step < 400; step++) {
                seats.get(random.nextInt(replicas)).step(budget, random);
            }
            assertThat(history.at(history.now()).stream().filter(Endpoint::serving))
                    .as("seed %d", seed)
                    .hasSize(budget);
        }
    }

    /** One agent and its pod, doing what {@link Seating} says. */
    private static final class Seat {
        private final History history;
        private final int pod;
        private final int deadline;
        private int written = -1;

        Seat(History history, int pod, int deadline) {
            this.history = history;
            this.pod = pod;
            this.deadline = deadline;
        }

        void step(int budget, Random random) {
            if (written < 0) {
                written = history.change(pod, doomed("p" + pod, deadline));
                return;
            }
            Endpoint self = history.at(history.now()).get(pod);
            if (!self.inRotation()) {
                return;
            }
            List<Endpoint> seen = history.at(written + random.nextInt(history.now() - written + 1));
            RotationVerdict verdict = RotationRule.judge(
                    self,
                    new Service("s", seen, OptionalInt.of(budget)),
                    BUDGET,
                    history.at(0).size());
            switch (Seating.next(self.kept(), verdict)) {
                case LEAVE ->
                    written = history.change(pod, new Endpoint(self.uid(), true, false, self.doomedAt(), false));
                case SAY_KEPT -> written = history.change(pod, kept(self, true));
                case TAKE_BACK_KEPT -> written = history.change(pod, kept(self, false));
                case SERVE_ON -> {
                    // Nothing to write.
                }
            }
        }

        private static Endpoint kept(Endpoint pod, boolean kept) {
            return new Endpoint(pod.uid(), true, true, pod.doomedAt(), kept);
        }
    }

    /** What the API server's cache has shown, version by version. */
    private static final class History {
        private final List<List<Endpoint>> versions = new ArrayList<>();

        History(int replicas) {
            versions.add(IntStream.range(0, replicas)
                    .mapToObj(pod -> healthy("p" + pod))
                    .toList());
        }

        int now() {
            return versions.size() - 1;
        }

        List<Endpoint> at(int version) {
            return versions.get(version);
        }

        int change(int pod, Endpoint to) {
            List<Endpoint> next = new ArrayList<>(versions.getLast());
            next.set(pod, to);
            versions.add(List.copyOf(next));
            return now();
        }
    }

    private static RotationVerdict judge(Endpoint asking, KeepInRotation keep, int budget, Endpoint... others) {
        List<Endpoint> all = new ArrayList<>(List.of(others));
        all.add(asking);
        OptionalInt desired = budget == 0 ? OptionalInt.empty() : OptionalInt.of(budget);
        return RotationRule.judge(asking, new Service("Service chat/llm", all, desired), keep, Math.max(all.size(), 4));
    }

    private static Endpoint healthy(String uid) {
        return new Endpoint(uid, true, true, null, false);
    }

    private static Endpoint doomed(String uid, int seconds) {
        return new Endpoint(uid, true, true, NOON.plusSeconds(seconds), false);
    }
}
