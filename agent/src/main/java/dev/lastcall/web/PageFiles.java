package dev.lastcall.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Serves the files that come with the agent: style and script of the page, and the description of its API. */
@Singleton
class PageFiles {

    void register(@Observes Router router) {
        serve(router, "/page.css", "text/css; charset=utf-8", PageFiles.class.getResourceAsStream("/page/page.css"));
        serve(
                router,
                "/page.js",
                "text/javascript; charset=utf-8",
                PageFiles.class.getResourceAsStream("/page/page.js"));
        serve(
                router,
                "/api/v1/openapi.yaml",
                "application/yaml; charset=utf-8",
                PageFiles.class.getResourceAsStream("/page/openapi.yaml"));
    }

    private static void serve(Router router, String path, String type, InputStream file) {
        byte[] bytes;
        try (InputStream in = Objects.requireNonNull(file, path)) {
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Buffer body = Buffer.buffer(bytes);
        router.get(path).handler(context -> answer(context, type, body));
    }

    /** Not kept by the browser: the files of another version would not fit the page. */
    private static void answer(RoutingContext context, String type, Buffer body) {
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, type)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("X-Content-Type-Options", "nosniff")
                .end(body);
    }
}
