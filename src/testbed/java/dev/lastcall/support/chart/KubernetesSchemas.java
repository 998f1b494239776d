package dev.lastcall.support.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * JSON schemas as kubeconform reads them, made from the pinned Kubernetes' own OpenAPI and from the operator's own
 * definitions, because kubeconform would otherwise ask the network for them. Strict: an unknown field is an error.
 */
public final class KubernetesSchemas {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DEFINITIONS = "definitions.json";

    private KubernetesSchemas() {}

    /** Writes one file for each kind, named {@code kind-group-version.json}. */
    public static void write(Path swagger, Path definitions, Path target) throws IOException {
        Files.createDirectories(target);
        ObjectNode all = (ObjectNode) JSON.readTree(swagger.toFile()).path("definitions");
        all.properties().forEach(definition -> strict(definition.getValue()));
        overwrite(all, "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "integer", "string");
        overwrite(all, "io.k8s.apimachinery.pkg.api.resource.Quantity", "number", "string");
        JSON.writeValue(
                target.resolve(DEFINITIONS).toFile(), JSON.createObjectNode().set("definitions", all));
        for (var definition : all.properties()) {
            for (JsonNode kind : definition.getValue().path("x-kubernetes-group-version-kind")) {
                write(
                        target,
                        kind.path("group").asText(),
                        kind.path("version").asText(),
                        kind.path("kind").asText(),
                        JSON.createObjectNode().put("$ref", DEFINITIONS + "#/definitions/" + definition.getKey()));
            }
        }
        try (Stream<Path> files = Files.list(definitions)) {
            for (Path file : files.toList()) {
                JsonNode spec = new ObjectMapper(new YAMLFactory())
                        .readTree(file.toFile())
                        .path("spec");
                for (JsonNode version : spec.path("versions")) {
                    JsonNode schema = version.at("/schema/openAPIV3Schema");
                    strict(schema);
                    write(
                            target,
                            spec.path("group").asText(),
                            version.path("name").asText(),
                            spec.at("/names/kind").asText(),
                            schema);
                }
            }
        }
    }

    private static void write(Path target, String group, String version, String kind, JsonNode schema)
            throws IOException {
        String suffix = (group.isEmpty() ? "" : "-" + group.split("\\.", 2)[0]) + "-" + version;
        JSON.writeValue(
                target.resolve((kind + suffix).toLowerCase(Locale.ROOT) + ".json")
                        .toFile(),
                schema);
    }

    private static void overwrite(ObjectNode all, String name, String... types) {
        ArrayNode type = JSON.createArrayNode();
        List.of(types).forEach(type::add);
        all.set(name, JSON.createObjectNode().set("type", type));
    }

    /** What OpenAPI leaves open: fields beside the named ones, and numbers where a quantity or a port may be written. */
    private static void strict(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            if (object.has("properties")
                    && !object.has("additionalProperties")
                    && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
                object.put("additionalProperties", false);
            }
            if (object.path("x-kubernetes-int-or-string").asBoolean()) {
                object.remove("anyOf");
                object.putArray("type").add("integer").add("string");
            }
        }
        schema.forEach(KubernetesSchemas::strict);
    }
}
