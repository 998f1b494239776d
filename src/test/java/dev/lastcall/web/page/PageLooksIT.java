package dev.lastcall.web.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lastcall.support.browser.Axe;
import dev.lastcall.support.browser.Chromium;
import dev.lastcall.support.browser.Tab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page in a real browser, in four situations that stand still. With {@code -Dgolden.update=true} the pictures of the manual
 * are taken, too.
 */
class PageLooksIT {

    private static final Path FILES = Path.of("agent/src/main/resources/page");

    private static HttpServer server;
    private static Chromium browser;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Chromium.program().isPresent(), Chromium.MISSING);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", PageLooksIT::answer);
        server.start();
        browser = Chromium.start();
    }

    @AfterAll
    static void stop() throws Exception {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.stop(0);
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        byte[] body;
        if (name.startsWith("page.")) {
            body = Files.readAllBytes(FILES.resolve(name));
            exchange.getResponseHeaders().add("Content-Type", name.endsWith("css") ? "text/css" : "text/javascript");
        } else if (name.equals("events")) {
            body = "retry: 60000\n\n".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        } else {
            Situation situation = Situation.valueOf(path.split("/", -1)[1]);
            body = situation.html(exchange.getRequestURI().getQuery() == null).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
            exchange.getResponseHeaders().add("Content-Security-Policy", StatePage.POLICY);
        }
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @ParameterizedTest
    @CsvSource({
        "QUIET, light, 1200",
        "QUIET, dark, 360",
        "HINT, dark, 1200",
        "HINT, light, 360",
        "MID_DRAIN, light, 1200",
        "MID_DRAIN, dark, 1200",
        "MID_DRAIN, light, 360",
        "MID_DRAIN, dark, 360",
        "AFTER, light, 1200",
        "AFTER, dark, 360"
    })
    void the_page_fits_its_width_pleases_axe_and_leaves_the_console_silent(
            Situation situation, String scheme, int width) throws Exception {
        try (Tab tab = browser.newTab()) {
            tab.size(width, width == 1200 ? 1150 : 1000);
            tab.prefers(scheme);
            tab.open(uri(situation, ""));

            assertThat(tab.text("h1")).isEqualTo("gpu-node-a1");
            assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
                    .as("no scrolling from side to side")
                    .isLessThanOrEqualTo(width);
            assertThat(tab.evaluate("[...document.querySelectorAll('table, .map')].filter(each =>"
                                    + " each.scrollWidth > each.parentElement.clientWidth + 1).length")
                            .asInt())
                    .as("tables that do not fit their card")
                    .isZero();
            assertThat(tab.messages()).isEmpty();
            JsonNode violations = Axe.violations(tab);
            assertThat(violations).as(violations.toPrettyString()).isEmpty();
            picture(tab, situation, scheme, width);
        }
    }

    @ParameterizedTest
    @CsvSource({"QUIET", "MID_DRAIN", "AFTER"})
    void a_snapshot_fits_a_phone_and_pleases_axe(Situation situation) throws Exception {
        try (Tab tab = browser.newTab()) {
            tab.size(360, 900);
            tab.open(uri(situation, "?snapshot"));
            assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
                    .isLessThanOrEqualTo(360);
            assertThat(tab.messages()).isEmpty();
            JsonNode violations = Axe.violations(tab);
            assertThat(violations).as(violations.toPrettyString()).isEmpty();
        }
    }

    private static URI uri(Situation situation, String query) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + situation.name() + "/" + query);
    }

    private static void picture(Tab tab, Situation situation, String scheme, int width) throws IOException {
        boolean shown = situation == Situation.MID_DRAIN && (width == 1200 || scheme.equals("dark"));
        if (Boolean.getBoolean("golden.update") && shown) {
            Path file = Path.of("docs/images", "page-" + scheme + (width == 1200 ? "" : "-phone") + ".webp");
            Files.createDirectories(file.getParent());
            Files.write(file, tab.screenshot());
        }
    }
}
