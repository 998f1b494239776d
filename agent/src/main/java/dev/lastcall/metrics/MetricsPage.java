package dev.lastcall.metrics;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector.MetricFamilySamples;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** The page that Prometheus reads. */
@Singleton
public class MetricsPage {

    private final PrometheusMeterRegistry registry;
    /** Kept from one scrape to the next, which is as large; null while a scrape has it, and another makes its own. */
    private final AtomicReference<@Nullable Memory> spare = new AtomicReference<>();

    /** What a page is written to, and what it is compressed to. */
    private record Memory(PageWriter page, Compressed compressed) {}

    public MetricsPage(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    /** Takes a page that is ready. */
    @FunctionalInterface
    public interface Reader {
        /**
         * @param gzipped whether the bytes are compressed ({@code Content-Encoding: gzip})
         * @param page its first {@code length} bytes, as UTF-8; another page is written there once this has returned
         */
        void read(String contentType, boolean gzipped, byte[] page, int length);
    }

    /**
     * Renders all series as they are now.
     *
     * @param accept the request's {@code Accept}, null = none: whichever of the text format 0.0.4 and OpenMetrics 1.0.0 has
     *     the higher quality there, text where they are equal
     * @param acceptEncoding the request's {@code Accept-Encoding}, null = none: compressed where it takes gzip
     */
    public void render(@Nullable String accept, @Nullable String acceptEncoding, Reader reader) {
        String contentType = PageFormat.preferred(accept).contentType();
        boolean gzip =
                QualityValues.parse(acceptEncoding).of("gzip", "x-gzip", "*").orElse(0) > 0;
        Memory kept = spare.getAndSet(null);
        Memory memory = kept == null ? new Memory(new PageWriter(), new Compressed()) : kept;
        PageWriter page = memory.page();
        page.clear();
        try {
            write(contentType, page);
            if (gzip) {
                memory.compressed().take(page);
            }
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        if (gzip) {
            reader.read(
                    contentType,
                    true,
                    memory.compressed().bytes(),
                    memory.compressed().size());
        } else {
            reader.read(contentType, false, page.bytes(), page.length());
        }
        spare.set(memory);
    }

    /** As fast as it gets: a page of series shrinks to a tenth by the least effort. */
    private static final class Compressed extends ByteArrayOutputStream {

        void take(PageWriter page) throws IOException {
            reset();
            try (OutputStream out = new FastGzip(this)) {
                out.write(page.bytes(), 0, page.length());
            }
        }

        /** What was written is its first {@link #size()} bytes. */
        byte[] bytes() {
            return buf;
        }
    }

    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, 1 << 13);
            def.setLevel(Deflater.BEST_SPEED);
        }
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
        PageFormat.write(contentType, page, live);
    }
}
