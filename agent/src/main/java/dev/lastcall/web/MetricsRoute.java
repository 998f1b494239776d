package dev.lastcall.web;

import dev.lastcall.metrics.MetricsPage;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

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
                context.request().getHeader(HttpHeaders.ACCEPT),
                (contentType, utf8, length) -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                        .end(Buffer.buffer(length).appendBytes(utf8, 0, length)));
    }
}
