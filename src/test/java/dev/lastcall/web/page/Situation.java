package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.qute.Engine;
import io.quarkus.qute.HtmlEscaper;
import io.quarkus.qute.ReflectionValueResolver;
import io.quarkus.qute.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Four documents of {@code /api/v1/state}, and the page made of them as the agent makes it. */
enum Situation {
    QUIET,
    HINT,
    MID_DRAIN,
    AFTER;

    static final Path TEMPLATE = Path.of("agent/src/main/resources/templates/state.html");

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    JsonNode state() {
        try {
            return new ObjectMapper()
                    .readTree(Path.of("src/test/resources/page", label() + ".json")
                            .toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    StatePage page(boolean live) {
        return StatePage.of(state(), live);
    }

    String html(boolean live) {
        return render(page(live));
    }

    static String render(StatePage page) {
        try {
            Engine engine = Engine.builder()
                    .addDefaults()
                    .addValueResolver(new ReflectionValueResolver())
                    .addResultMapper(new HtmlEscaper(List.of(Variant.TEXT_HTML)))
                    .build();
            return engine.parse(Files.readString(TEMPLATE), Variant.forContentType(Variant.TEXT_HTML), "state.html")
                    .data("page", page)
                    .render();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
