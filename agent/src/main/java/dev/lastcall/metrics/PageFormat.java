package dev.lastcall.metrics;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.Writer;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The two formats of the page. */
enum PageFormat {
    TEXT("text/plain", "text/*", "0.0.4", TextFormat.CONTENT_TYPE_004),
    OPEN_METRICS("application/openmetrics-text", "application/*", "1.0.0", TextFormat.CONTENT_TYPE_OPENMETRICS_100);

    private final String type;
    private final String range;
    private final String version;
    private final String contentType;

    PageFormat(String type, String range, String version, String contentType) {
        this.type = type;
        this.range = range;
        this.version = version;
        this.contentType = contentType;
    }

    /**
     * Chooses by the quality that each format has for the reader. Who prefers none gets text, which everybody can read; and so
     * does who accepts neither: a page in the wrong format says more than an error.
     *
     * @param accept the request's header; null = none
     */
    static PageFormat preferred(@Nullable String accept) {
        QualityValues wanted = QualityValues.parse(accept);
        return OPEN_METRICS.quality(wanted) > TEXT.quality(wanted) ? OPEN_METRICS : TEXT;
    }

    String contentType() {
        return contentType;
    }

    /** Writes these families; in the OpenMetrics format that ends the page. */
    static void write(String contentType, PageWriter page, List<MetricFamilySamples> families) throws IOException {
        Writer out = contentType.equals(TEXT.contentType) ? new WithoutLastComma(page) : page;
        TextFormat.writeFormat(contentType, out, Collections.enumeration(families));
    }

    private double quality(QualityValues wanted) {
        return wanted.ofVersion(version).of(type, range, "*/*").orElse(0);
    }
}
