package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.Workload;
import dev.lastcall.notice.Notice;
import dev.lastcall.serving.ServingCensus.Doomed;
import dev.lastcall.serving.ServingCensus.Standing;
import dev.lastcall.serving.ServingCensus.State;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A drain says several times a second where it stands: a scrape that comes in between must still find every series. */
class SeriesNeverMissingTest {

    private static final int SCRAPES = 300;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final DrainMeters drains = new DrainMeters(registry);
    private final NoticeMeters notices = new NoticeMeters(registry);

    @Test
    void a_scrape_between_two_updates_finds_every_series() throws InterruptedException {
        publish(0);
        AtomicBoolean enough = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (long i = 0; !enough.get(); i++) {
                publish(i);
            }
        });
        try {
            for (int i = 0; i < SCRAPES; i++) {
                assertThat(registry.scrape())
                        .contains(
                                "lastcall_serving_pods{engine=\"vllm\",state=\"in\",}",
                                "lastcall_doomed_pods{namespace=\"ns\",workload=\"llm\",}",
                                "lastcall_doomed_deadline_timestamp_seconds ",
                                "lastcall_notice_active{kind=\"spot\",} 0.0");
            }
        } finally {
            enough.set(true);
            writer.join();
        }
    }

    private void publish(long value) {
        drains.servingPods(Map.of(new Standing("vllm", State.IN), value));
        drains.doomed(Optional.of(
                new Doomed(Map.of(new Workload("ns", "llm"), value), 8, Instant.ofEpochSecond(1_790_000_000 + value))));
        notices.active(List.<Notice>of());
    }
}
