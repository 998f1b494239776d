package dev.lastcall.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A family whose samples never change, with the text it became. The client library writes label by label, character by
 * character: that is most of what a scrape of a full node costs.
 */
final class RenderedFamily extends MetricFamilySamples {

    /** Ends a page in the OpenMetrics format; a piece of one must not have it. */
    private static final int OPEN_METRICS_END = "# EOF\n".length();

    private final Set<String> asked;
    private final Map<String, byte[]> texts = new ConcurrentHashMap<>(2);

    /** @param asked called with the formats in which {@link #utf8} was asked for */
    RenderedFamily(MetricSpec family, Collector.Type type, List<Sample> samples, Set<String> asked) {
        super(family.name(), type, family.help(), samples);
        this.asked = asked;
    }

    /** The other one, with the text it has already, if it says the same; this one if not. */
    RenderedFamily orIfTheSame(@Nullable RenderedFamily other) {
        return other != null && equals(other) ? other : this;
    }

    /**
     * The family's piece of a page; not to be written to.
     *
     * @param contentType one of the two of {@link TextFormat}
     */
    byte[] utf8(String contentType) {
        asked.add(contentType);
        return texts.computeIfAbsent(contentType, this::written);
    }

    /** Whether a page in this format costs no more than a copy. */
    boolean isWritten(String contentType) {
        return texts.containsKey(contentType);
    }

    private byte[] written(String contentType) {
        PageWriter out = new PageWriter();
        try {
            PageFormat.write(contentType, out, List.of(this));
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        boolean ended = contentType.equals(TextFormat.CONTENT_TYPE_OPENMETRICS_100);
        return Arrays.copyOf(out.bytes(), out.length() - (ended ? OPEN_METRICS_END : 0));
    }
}
