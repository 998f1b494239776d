package dev.lastcall.metrics;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.exporter.common.TextFormat;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The page that Prometheus reads. */
@Singleton
public class MetricsPage {

    private final PrometheusMeterRegistry registry;
    /** Kept from one scrape to the next, which is as large; null while a scrape has it, and another makes its own. */
    private final AtomicReference<@Nullable PageWriter> spare = new AtomicReference<>();

    public MetricsPage(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    /** Takes a page that is ready. */
    @FunctionalInterface
    public interface Reader {
        /** @param utf8 the page is its first {@code length} bytes; another page is written there once this has returned */
        void read(String contentType, byte[] utf8, int length);
    }

    /**
     * Renders all series as they are now.
     *
     * @param accept the request's header; null = none. Who can read plain text (Prometheus, a browser) gets the text format
     *     0.0.4, everyone else OpenMetrics 1.0.0, as Quarkus' own route decides it
     */
    public void render(@Nullable String accept, Reader reader) {
        String contentType = accept != null && (accept.contains("text/plain") || accept.contains("text/html"))
                ? TextFormat.CONTENT_TYPE_004
                : TextFormat.CONTENT_TYPE_OPENMETRICS_100;
        PageWriter kept = spare.getAndSet(null);
        PageWriter page = kept == null ? new PageWriter() : kept;
        page.clear();
        try {
            write(contentType, page);
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        reader.read(contentType, page.bytes(), page.length());
        spare.set(page);
    }

    /** What follows from a snapshot was written when it was published; meters are written now. */
    private void write(String contentType, PageWriter page) throws IOException {
        List<MetricFamilySamples> live = new ArrayList<>();
        Enumeration<MetricFamilySamples> all = registry.getPrometheusRegistry().metricFamilySamples();
        while (all.hasMoreElements()) {
            MetricFamilySamples family = all.nextElement();
            if (family instanceof RenderedFamily rendered) {
                page.write(rendered.utf8(contentType));
            } else {
                live.add(family);
            }
        }
        // Last, because in the OpenMetrics format this ends the page.
        TextFormat.writeFormat(contentType, page, Collections.enumeration(live));
    }
}
