package dev.lastcall.lint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.lastcall.serving.findings.Window;
import java.io.IOException;
import java.io.StringWriter;
import java.util.stream.Collectors;

/** What lint prints: for people, for programs, and for code scanning. */
enum Output {
    TEXT {
        @Override
        String of(Lint lint) {
            return lint.open().stream()
                    .map(each -> each.file() + ":" + each.line() + ": " + each.kind() + " " + each.object() + ": "
                            + each.finding().name()
                            + each.finding()
                                    .window()
                                    .map(window -> " (" + window.label() + ")")
                                    .orElse("")
                            + ": " + each.finding().message() + ". Remedy: "
                            + each.finding().remedy() + "\n")
                    .collect(Collectors.joining());
        }
    },
    JSON {
        @Override
        String of(Lint lint) throws IOException {
            return json(generator -> {
                generator.writeStartArray();
                for (Located each : lint.open()) {
                    generator.writeStartObject();
                    generator.writeStringField("file", each.file());
                    generator.writeNumberField("line", each.line());
                    generator.writeStringField("kind", each.kind());
                    generator.writeStringField("namespace", each.namespace());
                    generator.writeStringField("name", each.name());
                    generator.writeStringField("finding", each.finding().name());
                    generator.writeStringField(
                            "window", each.finding().window().map(Window::label).orElse(null));
                    generator.writeStringField("message", each.finding().message());
                    generator.writeStringField("remedy", each.finding().remedy());
                    generator.writeEndObject();
                }
                generator.writeEndArray();
            });
        }
    },
    SARIF {
        @Override
        String of(Lint lint) throws IOException {
            return json(generator -> Sarif.write(lint, generator));
        }
    };

    /** Writes with a generator, which needs no reflection. */
    interface Writing {
        void to(JsonGenerator generator) throws IOException;
    }

    /** The whole text, with a line break at its end where it is not empty. */
    abstract String of(Lint lint) throws IOException;

    private static String json(Writing writing) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
            generator.setPrettyPrinter(new DefaultPrettyPrinter());
            writing.to(generator);
        }
        return text + "\n";
    }
}
