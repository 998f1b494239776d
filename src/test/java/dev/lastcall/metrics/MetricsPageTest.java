package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards against a page that differs from what the registry would have said itself. */
class MetricsPageTest {

    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final MetricsPage page = new MetricsPage(registry);
    private String text = "";

    @ParameterizedTest
    @ValueSource(strings = {TEXT, OPEN})
    void it_is_the_registrys_own_text_however_often_and_however_much_it_grew(String contentType) {
        for (int i = 0; i < 300; i++) {
            Gauge.builder("depth", () -> 1)
                    .description("Zürich")
                    .tag("at", "🚀" + i)
                    .register(registry);
            if (i % 50 == 0) {
                page.render(
                        contentType.equals(TEXT) ? "text/plain" : null,
                        (type, utf8, length) -> text = new String(utf8, 0, length, StandardCharsets.UTF_8));

                assertThat(text).isEqualTo(registry.scrape(contentType)).contains("🚀" + i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "text/plain | text/plain; version=0.0.4; charset=utf-8",
                "text/html,*/*;q=0.8 | text/plain; version=0.0.4; charset=utf-8",
                "application/openmetrics-text;q=0.5,text/plain;q=0.3 | text/plain; version=0.0.4; charset=utf-8",
                "application/openmetrics-text | application/openmetrics-text; version=1.0.0; charset=utf-8",
                "*/* | application/openmetrics-text; version=1.0.0; charset=utf-8"
            })
    void the_format_is_the_one_the_reader_asks_for(String accept, String contentType) {
        page.render(accept, (type, utf8, length) -> assertThat(type).isEqualTo(contentType));
    }

    @Test
    void who_says_nothing_gets_open_metrics() {
        page.render(null, (type, utf8, length) -> assertThat(type).isEqualTo(OPEN));
    }
}
