package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.exporter.common.TextFormat;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page put together from pieces says what a page in one go says, and never what was published before. */
class RenderedFamilyTest {

    private static final MetricSpec DEPTH =
            MetricSpec.gauge("depth", "", List.of("at"), "How deep it is in Zürich", "never");
    private static final MetricSpec SEEN = MetricSpec.counter("seen_total", "", List.of(), "Fish", "never");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MetricsPage page = new MetricsPage(registry);
    private final SnapshotCollector<Integer> depths = new SnapshotCollector<>((depth, out) -> {
        out.add(DEPTH, depth, "a \"quoted\" 🚀");
        out.add(DEPTH, depth + 0.5, "");
        out.add(SEEN, depth);
    });

    private String text = "";

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/openmetrics-text"})
    void every_line_is_the_registrys_own_for_each_value_published(String accept) {
        depths.register(registry.getPrometheusRegistry());
        Gauge.builder("meter", () -> 7).description("Live").register(registry);
        String contentType =
                accept.equals("text/plain") ? TextFormat.CONTENT_TYPE_004 : TextFormat.CONTENT_TYPE_OPENMETRICS_100;

        for (int depth = 1; depth <= 3; depth++) {
            depths.publish(depth);
            String read = read(accept);

            assertThat(read.lines().sorted())
                    .containsExactlyElementsOf(registry.scrape(contentType)
                            .replace("\",}", "\"}")
                            .lines()
                            .sorted()
                            .toList());
            assertThat(read).contains("lastcall_seen_total " + depth + ".0", "🚀", "meter 7.0");
            assertThat(read.endsWith("# EOF\n")).isEqualTo(!accept.equals("text/plain"));
            assertThat(read.split("# EOF", -1)).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void nothing_is_said_before_the_first_value() {
        depths.register(registry.getPrometheusRegistry());

        assertThat(read("text/plain")).isEmpty();
    }

    @Test
    void a_format_that_was_asked_for_is_written_when_the_value_is_published() {
        depths.register(registry.getPrometheusRegistry());
        depths.publish(1);
        read("text/plain");
        depths.publish(2);

        assertThat(depths.collect())
                .allSatisfy(family -> assertThat(((RenderedFamily) family).isWritten(TextFormat.CONTENT_TYPE_004))
                        .isTrue())
                .allSatisfy(family -> assertThat(
                                ((RenderedFamily) family).isWritten(TextFormat.CONTENT_TYPE_OPENMETRICS_100))
                        .isFalse());
    }

    @Test
    void a_family_that_says_what_it_said_before_is_not_written_again() {
        SnapshotCollector<Integer> mixed = new SnapshotCollector<>((depth, out) -> {
            out.add(DEPTH, depth, "here");
            out.add(SEEN, 9);
        });
        mixed.register(registry.getPrometheusRegistry());
        mixed.publish(1);
        List<MetricFamilySamples> first = mixed.collect();
        mixed.publish(2);
        List<MetricFamilySamples> second = mixed.collect();

        assertThat(second.get(0)).isNotSameAs(first.get(0));
        assertThat(second.get(1)).isSameAs(first.get(1));
        assertThat(read("text/plain")).contains("depth{at=\"here\"} 2.0", "seen_total 9.0");
    }

    private String read(String accept) {
        page.render(
                accept,
                null,
                (type, gzipped, utf8, length) -> text = new String(utf8, 0, length, StandardCharsets.UTF_8));
        return text;
    }
}
