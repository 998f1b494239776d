package dev.lastcall.web;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** An unknown path is answered in plain text: who asks here is a script or a person with curl. */
@Singleton
class PlainNotFound {

    /** Behind every route of the extensions, before Quarkus's own last route, which answers in HTML. */
    private static final int LAST = 100_000;

    void register(@Observes Router router) {
        router.route()
                .order(LAST)
                .handler(
                        context -> context.response()
                                .setStatusCode(404)
                                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                                .end(
                                        "404: there is no such page; see /, /metrics, /health/ready, /api/v1/state, /api/v1/openapi.yaml\n"));
    }
}
