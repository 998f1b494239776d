package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.NoticeLedger.Admission;
import dev.lastcall.notice.Observation.Failed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What holds whatever the sources say in whatever order: seeded random histories of several sources at once. */
class LedgerInvariantsTest {

    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00Z");
    private static final List<SourceId> SOURCES = List.of(
            SourceId.AWS_SPOT,
            SourceId.AWS_REBALANCE,
            SourceId.AWS_EVENTS,
            SourceId.AZURE,
            SourceId.NODE_MARKS,
            SourceId.SIMULATE);

    @Test
    void every_history_obeys_the_rules() {
        int begun = 0;
        int withdrawn = 0;
        for (long seed = 0; seed < 3_000; seed++) {
            History history = new History(seed);
            history.run(120);
            begun += history.begun;
            withdrawn += history.withdrawn;
        }
        assertThat(begun).as("the histories are not empty").isGreaterThan(3_000);
        assertThat(withdrawn).isGreaterThan(500);
    }

    private static final class History {
        private final long seed;
        private final SplittableRandom random;
        private NoticeLedger ledger;
        private Instant now = T0;
        private Optional<Notice> drain = Optional.empty();
        private boolean done;
        private boolean finalHeld;
        private int begun;
        private int withdrawn;

        History(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.ledger = NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), seed % 2 == 0));
        }

        void run(int steps) {
            for (int step = 0; step < steps; step++) {
                now = now.plusSeconds(random.nextInt(1, 40));
                if (drain.isPresent() && random.nextInt(15) == 0) {
                    ledger = ledger.drained(drain.get().id());
                    done = true;
                }
                SourceId source = SOURCES.get(random.nextInt(SOURCES.size()));
                Observation observation = observation(source);
                Admission admission = ledger.admit(source, observation, now, step);
                ledger = admission.ledger();
                for (NoticeChange change : admission.changes()) {
                    check(change, observation);
                }
                assertThat(ledger.draining().map(Notice::deadline))
                        .as("seed %d: the ledger and its listener agree", seed)
                        .isEqualTo(drain.map(Notice::deadline));
            }
        }

        private void check(NoticeChange change, Observation observation) {
            String where = "seed " + seed + ": " + change;
            switch (change) {
                case NoticeChange.Began began -> {
                    assertThat(drain.isEmpty() || done).as(where).isTrue();
                    drain = Optional.of(began.notice());
                    done = false;
                    begun++;
                }
                case NoticeChange.TookOver over -> {
                    assertThat(drain).as(where).contains(over.previous());
                    assertThat(done).as(where).isFalse();
                    assertThat(over.notice().id())
                            .as(where)
                            .isEqualTo(over.previous().id());
                    assertThat(LedgerRules.certainty(over.notice()))
                            .as(where)
                            .isGreaterThanOrEqualTo(LedgerRules.certainty(over.previous()));
                    boolean simulationEnds =
                            over.previous().isSimulated() && !over.notice().isSimulated();
                    assertThat(simulationEnds || !over.previous().isEarlierThan(over.notice()))
                            .as(where + ": a deadline only tightens")
                            .isTrue();
                    drain = Optional.of(over.notice());
                }
                case NoticeChange.Cancelled cancelled -> {
                    // What starts by the clock may end a dry run, whatever the reading was.
                    if (!cancelled.notice().dryRun()) {
                        assertThat(observation).as(where).isNotInstanceOf(Failed.class);
                    }
                    withdrawn++;
                    if (drain.isPresent()
                            && drain.get().id().equals(cancelled.notice().id())) {
                        assertThat(finalHeld && isSpotInForce(cancelled.notice()))
                                .as(where + ": a spot notice is final")
                                .isFalse();
                        drain = Optional.empty();
                        done = false;
                    }
                }
                case NoticeChange.Ended ended -> {
                    assertThat(observation).as(where).isNotInstanceOf(Failed.class);
                    assertThat(drain.map(Notice::id))
                            .as(where)
                            .contains(ended.notice().id());
                    drain = Optional.empty();
                    done = false;
                }
                case NoticeChange.AtRisk risk ->
                    assertThat(risk.notice().behavesAs()).as(where).isIn(NoticeKind.REBALANCE, NoticeKind.FREEZE);
            }
            finalHeld = drain.isPresent() && drain.get().kind() == NoticeKind.SPOT;
        }

        /** Ten minutes after its deadline it is over, and what else holds the drain may be taken back. */
        private boolean isSpotInForce(Notice notice) {
            Instant deadline = notice.deadline();
            return notice.kind() == NoticeKind.SPOT
                    && (deadline == null || now.isBefore(deadline.plus(LedgerRules.FINAL_FOR)));
        }

        private Observation observation(SourceId source) {
            return switch (random.nextInt(5)) {
                case 0 -> new Failed("503", "");
                case 1, 2 -> new Observation.Nothing();
                default -> seen(source);
            };
        }

        private Observation seen(SourceId source) {
            List<Sighting> sightings = new ArrayList<>();
            int count = source.saysOneThing() ? 1 : random.nextInt(1, 3);
            for (int i = 0; i < count; i++) {
                sightings.add(sighting(source, source.label() + "-" + random.nextInt(3)));
            }
            return new Observation.Seen(sightings, Duration.ofSeconds(random.nextInt(-40, 40)), 0);
        }

        private Sighting sighting(SourceId source, String id) {
            Due at = new Due.At(now.plusSeconds(random.nextInt(-60, 900)));
            Due notBefore = new Due.NotBefore(
                    now.plusSeconds(random.nextInt(-60, 900)), random.nextBoolean() ? Duration.ofSeconds(10) : null);
            Due within = new Due.Within(Duration.ofSeconds(random.nextInt(0, 300)));
            return switch (source) {
                case AWS_SPOT -> Sighting.of(id, NoticeKind.SPOT, source, at);
                case AWS_REBALANCE -> Sighting.of(id, NoticeKind.REBALANCE, source, new Due.Unknown());
                case AWS_EVENTS -> Sighting.of(id, NoticeKind.REBOOT, source, notBefore);
                case AZURE -> {
                    List<NoticeKind> kinds = List.of(NoticeKind.PREEMPT, NoticeKind.FREEZE, NoticeKind.TERMINATE);
                    int which = Math.floorMod(id.hashCode(), kinds.size());
                    yield Sighting.of(id, kinds.get(which), source, notBefore);
                }
                case NODE_MARKS ->
                    Sighting.of(id, NoticeKind.NODE_MARK, source, random.nextBoolean() ? within : new Due.Unknown());
                default ->
                    new Sighting(
                            id, NoticeKind.SIMULATED, NoticeKind.SPOT, source.label(), within, null, id.endsWith("2"));
            };
        }
    }
}
