package dev.lastcall.lint;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.lastcall.config.AgentVersion;
import dev.lastcall.serving.findings.Rule;
import dev.lastcall.serving.findings.Rules;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;

/** SARIF 2.1.0 (OASIS), for code scanning. Accepted findings are in it, as suppressed ones. */
final class Sarif {

    private Sarif() {}

    static void write(Lint lint, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.writeStringField("version", "2.1.0");
        json.writeArrayFieldStart("runs");
        json.writeStartObject();
        tool(json);
        json.writeArrayFieldStart("results");
        for (Located each : lint.located()) {
            result(each, json);
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void tool(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("tool");
        json.writeObjectFieldStart("driver");
        json.writeStringField("name", "lastcall-lint");
        json.writeStringField("version", AgentVersion.current());
        json.writeArrayFieldStart("rules");
        for (Rule rule : Rules.all()) {
            json.writeStartObject();
            json.writeStringField("id", rule.name());
            text(json, "shortDescription", rule.meaning());
            json.writeObjectFieldStart("defaultConfiguration");
            json.writeStringField("level", "warning");
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void result(Located each, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("ruleId", each.finding().name());
        json.writeNumberField("ruleIndex", Rules.names().indexOf(each.finding().name()));
        json.writeStringField("level", "warning");
        String window = each.finding()
                .window()
                .map(w -> " (notice of " + w.label() + ")")
                .orElse("");
        text(
                json,
                "message",
                each.kind() + " " + each.object() + window + ": "
                        + each.finding().message() + ". Remedy: "
                        + each.finding().remedy());
        json.writeArrayFieldStart("locations");
        json.writeStartObject();
        json.writeObjectFieldStart("physicalLocation");
        json.writeObjectFieldStart("artifactLocation");
        json.writeStringField("uri", uri(each.file()));
        json.writeEndObject();
        json.writeObjectFieldStart("region");
        json.writeNumberField("startLine", each.line());
        json.writeEndObject();
        json.writeEndObject();
        json.writeArrayFieldStart("logicalLocations");
        json.writeStartObject();
        json.writeStringField("fullyQualifiedName", each.kind() + "/" + each.object());
        json.writeStringField("kind", "resource");
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        if (each.accepted() != null) {
            json.writeArrayFieldStart("suppressions");
            json.writeStartObject();
            json.writeStringField("kind", "inSource");
            json.writeStringField("justification", each.accepted());
            json.writeEndObject();
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, String field, String text) throws IOException {
        json.writeObjectFieldStart(field);
        json.writeStringField("text", text);
        json.writeEndObject();
    }

    /** A relative reference with what a URI does not allow escaped. */
    private static String uri(String file) {
        try {
            return new URI(null, null, file, null).getRawPath();
        } catch (URISyntaxException odd) {
            return "unnamed";
        }
    }
}
