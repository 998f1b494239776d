package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.CloudUnderTest.Clouds;
import dev.lastcall.notice.NoticeLedger.Admission;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.support.metadata.Reaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every cloud against every fault: what the ledger makes of it. A fault hits the next question; then the notice appears,
 * for a fault that blinds the agent for good would be worse than the fault. The table is printed.
 */
class ConformanceTest {

    private static final Duration IN = Duration.ofSeconds(120);
    private static final Map<String, Map<String, String>> TABLE = new LinkedHashMap<>();

    /** One row: the fault, what must come of it, and where a cloud's own protocol makes that something else. */
    private record Row(
            String fault, String verdict, Map<Clouds, String> elsewhere, Function<CloudUnderTest, String> scenario) {
        Row(String fault, String verdict, Function<CloudUnderTest, String> scenario) {
            this(fault, verdict, Map.of(), scenario);
        }
    }

    private static Row fault(String name, String code, Reaction reaction) {
        return fault(name, code, Map.of(), reaction);
    }

    private static Row fault(String name, String code, Map<Clouds, String> elsewhere, Reaction reaction) {
        return new Row(name, code + ", began", elsewhere, cloud -> {
            cloud.service().next(cloud.path(), reaction);
            return new Story(cloud).poll().announce(IN).poll().told();
        });
    }

    private static final Map<Clouds, String> WITH_TOKENS = Map.of(
            Clouds.AWS, "began",
            Clouds.ALIBABA, "began",
            Clouds.ALIBABA_HARDENED, "began");

    private static final List<Row> ROWS = List.of(
            new Row("nothing announced", "", cloud -> new Story(cloud).poll(3).told()),
            new Row(
                    "a notice",
                    "began",
                    cloud -> new Story(cloud).poll().announce(IN).poll().told()),
            new Row(
                    "the same notice 60 times",
                    "began",
                    cloud -> new Story(cloud).announce(IN).poll(60).told()),
            new Row(
                    "a notice that lives one poll",
                    "began",
                    Map.of(Clouds.AZURE, "began, cancelled"),
                    cloud -> new Story(cloud)
                            .announce(IN)
                            .poll()
                            .withdraw()
                            .poll(3)
                            .told()),
            new Row(
                    "one stray answer without it",
                    "began",
                    cloud -> new Story(cloud)
                            .announce(IN)
                            .poll()
                            .withdraw()
                            .poll()
                            .announceAgain()
                            .poll(2)
                            .told()),
            new Row("errors while it stands", "began, 503, 503, 503", cloud -> {
                Story story = new Story(cloud).announce(IN).poll();
                cloud.service().next(cloud.path(), Reaction.status(503), Reaction.status(503), Reaction.status(503));
                return story.poll(4).told();
            }),
            fault("hangs", "timeout", new Reaction.Hang()),
            fault("hangs within the body", "timeout", new Reaction.HangInBody("{")),
            fault("breaks the connection", "io", new Reaction.Truncate("{\"a\":\"" + "b".repeat(100))),
            fault("garbage", "malformed", new Reaction.Reply(200, Map.of("Metadata-Flavor", "Google"), "{\"a\":")),
            fault("HTML", "malformed", Reaction.ok("<html><body>Login</body></html>")),
            fault("1 MiB", "too-large", Reaction.ok("x".repeat(1024 * 1024))),
            fault("redirect", "redirect", Reaction.status(302, Map.of("Location", "http://127.0.0.1:1/"))),
            fault("401 once", "401", WITH_TOKENS, Reaction.status(401)),
            fault(
                    "403",
                    "403",
                    Map.of(Clouds.ALIBABA, "began", Clouds.ALIBABA_HARDENED, "began"),
                    Reaction.status(403)),
            fault("429 with Retry-After", "429", Reaction.status(429, Map.of("Retry-After", "3"))),
            new Row("burst of 503", "503, 503, 503, 503, 503, began", cloud -> {
                Reaction busy = Reaction.status(503);
                cloud.service().next(cloud.path(), busy, busy, busy, busy, busy);
                return new Story(cloud).poll(5).announce(IN).poll().told();
            }),
            new Row("its clock 30 s ahead", "began at the right time", cloud -> skewed(cloud, 30)),
            new Row("its clock 30 s behind", "began at the right time", cloud -> skewed(cloud, -30)),
            new Row("nobody listens", "refused", cloud -> {
                cloud.service().leave();
                return new Story(cloud).poll().told();
            }),
            new Row(
                    "a notice for another machine",
                    "began",
                    Map.of(Clouds.AZURE, ""),
                    cloud -> new Story(cloud).announceToOther(IN).poll(2).told()));

    static List<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (Row row : ROWS) {
            for (Clouds cloud : Clouds.values()) {
                cells.add(Arguments.argumentSet(cloud.label() + ": " + row.fault(), cloud, row));
            }
        }
        return cells;
    }

    @ParameterizedTest
    @MethodSource("cells")
    void every_cloud_meets_every_fault_as_the_contract_says(Clouds which, Row row) throws Exception {
        try (CloudUnderTest cloud = which.open()) {
            String verdict = row.scenario().apply(cloud);
            TABLE.computeIfAbsent(row.fault(), any -> new LinkedHashMap<>()).put(which.label(), verdict);
            assertThat(verdict).isEqualTo(row.elsewhere().getOrDefault(which, row.verdict()));
        }
    }

    private static String skewed(CloudUnderTest cloud, int seconds) {
        cloud.service().skew(Duration.ofSeconds(seconds));
        Story story = new Story(cloud).announce(IN).poll();
        Instant deadline = story.ledger.draining().orElseThrow().deadline();
        Duration left = Duration.between(Instant.now(), deadline);
        // GCP names no time; its window is counted from the sight.
        Duration due = cloud.window().orElse(IN);
        return left.minus(due).abs().compareTo(Duration.ofSeconds(3)) < 0
                ? story.told() + " at the right time"
                : story.told() + " with " + left + " left";
    }

    @AfterAll
    static void printTheTable() {
        StringBuilder table = new StringBuilder("\n| fault |");
        for (Clouds cloud : Clouds.values()) {
            table.append(' ').append(cloud.label()).append(" |");
        }
        table.append("\n|---|").append("---|".repeat(Clouds.values().length)).append('\n');
        TABLE.forEach((fault, verdicts) -> {
            table.append("| ").append(fault).append(" |");
            for (Clouds cloud : Clouds.values()) {
                String verdict = verdicts.getOrDefault(cloud.label(), "?");
                table.append(' ')
                        .append(verdict.isEmpty() ? "nothing" : verdict)
                        .append(" |");
            }
            table.append('\n');
        });
        System.out.println(table);
    }

    /** Polls one source and keeps what the ledger says, in order. */
    private static final class Story {
        private final CloudUnderTest cloud;
        private final List<String> told = new ArrayList<>();
        private NoticeLedger ledger = NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), false));

        Story(CloudUnderTest cloud) {
            this.cloud = cloud;
        }

        Story announce(Duration in) {
            cloud.announce(in);
            return this;
        }

        Story announceAgain() {
            cloud.announceAgain();
            return this;
        }

        Story announceToOther(Duration in) {
            cloud.announceToOther(in);
            return this;
        }

        Story withdraw() {
            cloud.withdraw();
            return this;
        }

        Story poll() {
            return poll(1);
        }

        Story poll(int times) {
            for (int i = 0; i < times; i++) {
                try {
                    Observation observation = cloud.source().poll();
                    if (observation instanceof Failed failed) {
                        told.add(failed.code());
                    }
                    if (observation instanceof Observation.Seen seen) {
                        assertThat(cloud.source().id().kinds())
                                .as("a kind without a counter at 0 would be counted unseen")
                                .containsAll(seen.sightings().stream()
                                        .map(Sighting::kind)
                                        .toList());
                    }
                    Admission admission = ledger.admit(
                            cloud.source().id(),
                            observation,
                            InstantSource.system().instant(),
                            System.nanoTime());
                    ledger = admission.ledger();
                    admission.changes().forEach(change -> told.add(name(change)));
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
            }
            return this;
        }

        private static String name(NoticeChange change) {
            return switch (change) {
                case NoticeChange.Began began -> "began";
                case NoticeChange.TookOver tookOver -> "took over";
                case NoticeChange.AtRisk atRisk -> "at risk";
                case NoticeChange.Cancelled cancelled -> "cancelled";
                case NoticeChange.Ended ended -> "ended";
            };
        }

        String told() {
            return String.join(", ", told);
        }
    }
}
