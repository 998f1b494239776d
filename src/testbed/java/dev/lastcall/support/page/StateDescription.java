package dev.lastcall.support.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * {@code openapi.yaml} as a JSON schema. Stricter than what clients are told: a member that is not described is a difference,
 * so that the description can't fall behind.
 */
public final class StateDescription {

    public static final Path FILE = Path.of("agent/src/main/resources/page/openapi.yaml");

    private StateDescription() {}

    /** What of this answer of {@code /api/v1/state} is not as described. */
    public static List<String> differences(String answer) throws IOException {
        JsonNode described = new ObjectMapper()
                .readTree(description()
                        .path("components")
                        .path("schemas")
                        .toString()
                        .replace("#/components/schemas/", "#/$defs/"));
        described.forEach(each -> {
            if (each.has("properties")) {
                ((ObjectNode) each).put("additionalProperties", false);
            }
        });
        ObjectNode whole = new ObjectMapper().createObjectNode().put("$ref", "#/$defs/State");
        whole.set("$defs", described);
        JsonSchema schema =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(whole.toString());
        return schema
                .validate(
                        answer,
                        InputFormat.JSON,
                        context -> context.getExecutionConfig().setFormatAssertionsEnabled(true))
                .stream()
                .map(ValidationMessage::toString)
                .toList();
    }

    /** The names that a member may have as its value; {@code property} is empty where the schema itself lists them. */
    public static List<String> names(String schema, String property) throws IOException {
        JsonNode described = description().path("components").path("schemas").path(schema);
        JsonNode names =
                (property.isEmpty() ? described : described.path("properties").path(property)).path("enum");
        List<String> all = new ArrayList<>();
        names.forEach(name -> all.add(name.asText()));
        return all;
    }

    private static ObjectNode description() throws IOException {
        Object yaml = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(FILE));
        return new ObjectMapper().valueToTree(yaml);
    }
}
