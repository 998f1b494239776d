package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainStatus;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.Workload;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The counters by which an SRE learns what an interruption cost, and whom. */
class RequestMetersTest {

    private static final Instant BEGUN = Instant.parse("2030-01-01T00:00:00Z");
    private static final Workload CHAT = new Workload("ml", "chat");
    private static final Workload EMBED = new Workload("ml", "embed");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final DrainMeters meters = new DrainMeters(registry);

    private static PodStatus pod(String uid, Workload workload, RequestCounts counts) {
        return new PodStatus(
                new PodRef("ml", uid, uid), workload, "vllm", PodStage.HELD, BEGUN.plusSeconds(20), null, counts);
    }

    private static DrainStatus drain(Instant begun, boolean resumed, PodStatus... pods) {
        return new DrainStatus("notice", begun, resumed, List.of(pods));
    }

    private static RequestCounts counts(long atNotice, long finished, long aborted) {
        return new RequestCounts(atNotice, 0, finished, aborted, 0, 0);
    }

    private Set<String> page(String family) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith("lastcall_inference_requests_" + family + "_total{"))
                .map(line -> line.substring(line.indexOf('{')))
                .collect(Collectors.toSet());
    }

    /** A counter that is born with its first lost request is invisible to increase(). */
    @Test
    void a_workload_has_its_counters_at_zero_before_anything_of_it_is_lost() {
        meters.workloads(Set.of(CHAT));
        assertThat(page("lost"))
                .containsExactlyInAnyOrder(
                        "{namespace=\"ml\",workload=\"chat\",reason=\"aborted\",} 0.0",
                        "{namespace=\"ml\",workload=\"chat\",reason=\"in_flight\",} 0.0");
    }

    /** Guards a node on which batch jobs come and go: it kept six series of each for ever. */
    @Test
    void a_workload_that_left_takes_its_counters_along_unless_a_drain_has_counted_in_them() {
        meters.workloads(Set.of(CHAT, EMBED));
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 3, 0))));
        meters.workloads(Set.of());
        assertThat(page("finished")).containsExactly("{namespace=\"ml\",workload=\"chat\",} 3.0");
    }

    /** Guards the last scrape before the machine is cut: counters that wait for the report are not on it. */
    @Test
    void the_counters_move_with_every_reading_and_count_nothing_twice() {
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 0, 0)), pod("b", EMBED, counts(2, 0, 0))));
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 3, 0)), pod("b", EMBED, counts(2, 1, 0))));
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 4, 1)), pod("b", EMBED, counts(2, 1, 0))));
        assertThat(page("at_notice"))
                .containsExactlyInAnyOrder(
                        "{namespace=\"ml\",workload=\"chat\",} 5.0", "{namespace=\"ml\",workload=\"embed\",} 2.0");
        assertThat(page("finished"))
                .containsExactlyInAnyOrder(
                        "{namespace=\"ml\",workload=\"chat\",} 4.0", "{namespace=\"ml\",workload=\"embed\",} 1.0");
        assertThat(page("lost")).contains("{namespace=\"ml\",workload=\"chat\",reason=\"aborted\",} 1.0");
    }

    @Test
    void two_pods_of_one_workload_are_one_series() {
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 1, 0)), pod("b", CHAT, counts(3, 2, 0))));
        assertThat(page("finished")).containsExactly("{namespace=\"ml\",workload=\"chat\",} 3.0");
    }

    @Test
    void a_second_drain_of_the_same_pod_counts_anew() {
        meters.requests(drain(BEGUN, false, pod("a", CHAT, counts(5, 5, 0))));
        meters.requests(drain(BEGUN.plusSeconds(60), false, pod("a", CHAT, counts(4, 2, 0))));
        assertThat(page("finished")).containsExactly("{namespace=\"ml\",workload=\"chat\",} 7.0");
    }

    /** What the process before has shown must not be shown again: increase() would add it twice. */
    @Test
    void after_a_restart_in_the_middle_they_count_on_from_the_first_reading() {
        meters.workloads(Set.of(CHAT));
        meters.requests(drain(BEGUN, true, pod("a", CHAT, counts(5, 3, 0))));
        assertThat(page("finished")).containsExactly("{namespace=\"ml\",workload=\"chat\",} 0.0");
        meters.requests(drain(BEGUN, true, pod("a", CHAT, counts(5, 5, 0))));
        assertThat(page("finished")).containsExactly("{namespace=\"ml\",workload=\"chat\",} 2.0");
    }
}
