package dev.lastcall.web;

import dev.lastcall.metrics.MetricsPage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /metrics}, before Quarkus' own route, which makes a string of the page and bytes of the string: with the copies
 * on the way a megabyte for each scrape of a full node, so that one scrape in sixty waited for a collection.
 */
@Singleton
class MetricsRoute {

    private static final int BEFORE_QUARKUS = -1;

    private final MetricsPage page;

    MetricsRoute(MetricsPage page) {
        this.page = page;
    }

    void register(@Observes Router router) {
        // On a worker: a page may have to be written first, which takes milliseconds, and the event loop has notices to
        // read meanwhile.
        router.get("/metrics").order(BEFORE_QUARKUS).blockingHandler(this::answer, false);
    }

    private void answer(RoutingContext context) {
        page.render(
                header(context, HttpHeaders.ACCEPT),
                header(context, HttpHeaders.ACCEPT_ENCODING),
                (contentType, gzipped, bytes, length) -> {
                    HttpServerResponse response = context.response()
                            .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                            .putHeader(HttpHeaders.VARY, "Accept, Accept-Encoding");
                    if (gzipped) {
                        response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
                    }
                    response.end(Buffer.buffer(length).appendBytes(bytes, 0, length));
                });
    }

    /** Of several lines one; null = none. */
    private static @Nullable String header(RoutingContext context, CharSequence name) {
        List<String> lines = context.request().headers().getAll(name);
        return lines.isEmpty() ? null : String.join(",", lines);
    }
}
