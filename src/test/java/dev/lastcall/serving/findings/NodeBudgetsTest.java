package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The agent's view of its own node: rare, quiet, and gone with the pods. */
class NodeBudgetsTest {
    private static final Instant START = Instant.parse("2026-11-29T12:00:00Z");

    private final Terms terms = new Terms(Terms.DEFAULT_MARGIN, Terms.DEFAULT_SETTLE, Terms.DEFAULT_WINDOWS);
    private final NodeBudgets budgets = new NodeBudgets(terms, pod -> "chat");
    private final List<String> asked = new ArrayList<>();
    private String version = "{\"version\":\"0.18.1\"}";
    private int ended;

    @Test
    void nothing_is_asked_in_the_first_minute_and_then_one_thing_a_minute() throws InterruptedException {
        PodView pod = LivePods.serving("a", "--shutdown-timeout", "10");
        round(0, pod);
        assertThat(asked).isEmpty();
        assertThat(budgets.latest()).isEmpty();
        round(1, pod);
        assertThat(asked).containsExactly("version a");
        round(2, pod);
        round(3, pod);
        assertThat(asked).containsExactly("version a", "metrics a", "metrics a");
    }

    @Test
    void the_deficit_is_that_of_the_formula_and_long_requests_are_a_finding() throws InterruptedException {
        PodView pod = LivePods.serving("a");
        for (int minute = 0; minute < 4; minute++) {
            round(minute, pod);
        }
        assertThat(budgets.latest()).singleElement().satisfies(budget -> {
            // 3 + 2 + p99 (between 40 s and 50 s, 99 % of the way) − 30.
            assertThat(budget.deficits().get(new Window(Duration.ofSeconds(30))))
                    .isEqualTo(Duration.ofMillis(24_900));
            assertThat(budget.deficits().get(new Window(Duration.ofSeconds(120))))
                    .isNegative();
            assertThat(budget.findings()).containsExactly("request_longer_than_notice");
        });
    }

    @Test
    void an_engine_that_is_too_old_for_its_flag_aborts() throws InterruptedException {
        version = "{\"version\":\"0.17.0\"}";
        PodView pod = LivePods.unmarked("a", "--shutdown-timeout", "10");
        round(0, pod);
        round(1, pod);
        assertThat(budgets.latest().getFirst().findings()).containsExactly("engine_aborts", "no_rotation");
    }

    @Test
    void a_workload_is_told_about_once_a_day_whatever_the_number_of_its_pods() throws InterruptedException {
        PodView one = LivePods.unmarked("a");
        PodView other = LivePods.unmarked("b");
        round(0, one, other);
        assertThat(round(1, one, other)).singleElement().satisfies(news -> {
            assertThat(news.pod()).isEqualTo(one.ref());
            assertThat(news.message()).startsWith("chat: engine_aborts: ").contains("| no_rotation: ");
        });
        assertThat(round(2, one, other)).isEmpty();
        assertThat(round(24 * 60, one, other)).isEmpty();
        assertThat(round(24 * 60 + 2, one, other)).hasSize(1);
    }

    @Test
    void a_pod_that_is_gone_leaves_nothing_behind() throws InterruptedException {
        PodView pod = LivePods.unmarked("a");
        round(0, pod);
        round(1, pod);
        assertThat(budgets.latest()).hasSize(1);
        round(2);
        assertThat(budgets.latest()).isEmpty();
    }

    private List<NodeBudgets.News> round(int minute, PodView... pods) throws InterruptedException {
        NodeBudgets.Engines engines = new NodeBudgets.Engines() {
            @Override
            public Optional<String> version(PodView pod) {
                asked.add("version " + pod.ref().name());
                return Optional.of(version);
            }

            @Override
            public Optional<String> metrics(PodView pod) {
                asked.add("metrics " + pod.ref().name());
                ended += 100;
                String line = "vllm:e2e_request_latency_seconds_bucket{le=\"%s\"} %d\n";
                return Optional.of(
                        line.formatted("40.0", 0) + line.formatted("50.0", ended) + line.formatted("+Inf", ended));
            }
        };
        return budgets.round(List.of(pods), engines, START.plus(Duration.ofMinutes(minute)));
    }
}
