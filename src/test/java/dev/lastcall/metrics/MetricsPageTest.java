package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
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
                        contentType.equals(TEXT) ? "text/plain" : "application/openmetrics-text",
                        null,
                        (type, gzipped, utf8, length) -> text = new String(utf8, 0, length, StandardCharsets.UTF_8));

                assertThat(text)
                        .isEqualTo(registry.scrape(contentType).replace("\",}", "\"}"))
                        .contains("🚀" + i);
            }
        }
    }

    /** The long ones are what Prometheus 2.50, 3.5 and a browser send. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OPEN | application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                "OPEN | application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                        + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
                        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                "TEXT | text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "TEXT | text/plain",
                "TEXT | text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.4",
                "TEXT | application/openmetrics-text;q=0.5,text/plain;q=0.5",
                "TEXT | application/openmetrics-text;version=0.0.1,text/plain;q=0.1",
                "TEXT | application/openmetrics-text;q=0,*/*;q=0.1",
                "TEXT | */*",
                "TEXT | application/json",
                "TEXT | ,;q=,application/openmetrics-text;q=high",
                "OPEN | application/openmetrics-text",
                "OPEN | Application/OpenMetrics-Text; version=1.0.0 ; Q=0.9 , text/plain;q=0.8",
                "OPEN | application/*,text/*;q=0.9"
            })
    void the_format_is_the_one_the_reader_prefers(String format, String accept) {
        page.render(
                accept,
                null,
                (type, gzipped, utf8, length) -> assertThat(type).isEqualTo(format.equals("OPEN") ? OPEN : TEXT));
    }

    @Test
    void who_says_nothing_gets_plain_text() {
        page.render(null, null, (type, gzipped, utf8, length) -> {
            assertThat(type).isEqualTo(TEXT);
            assertThat(gzipped).isFalse();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true | gzip",
                "true | deflate, gzip;q=0.5, br",
                "true | *",
                "false | identity",
                "false | gzip;q=0",
                "false | gzip;q=0.0, *;q=1",
                "false | deflate"
            })
    void it_is_compressed_for_whom_can_read_that_and_says_the_same(boolean wanted, String acceptEncoding) {
        Gauge.builder("depth", () -> 1).description("Zürich").register(registry);

        page.render("text/plain", acceptEncoding, (type, gzipped, bytes, length) -> {
            assertThat(gzipped).isEqualTo(wanted);
            assertThat(gzipped ? unzipped(bytes, length) : new String(bytes, 0, length, StandardCharsets.UTF_8))
                    .isEqualTo(registry.scrape(TEXT));
        });
    }

    private static String unzipped(byte[] bytes, int length) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes, 0, length))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
