package dev.lastcall.support.chart;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the real API server says to an object without keeping it; a field that it does not know is an error. */
public record DryRun(KubernetesClient client, String namespace) {

    private static final List<String> CLUSTER_WIDE = List.of("PriorityClass", "NodePool");

    /** Makes the API server know these kinds, and waits until it does. */
    public void define(List<Path> definitions) {
        for (Path file : definitions) {
            CustomResourceDefinition definition = client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .load(file.toFile())
                    .forceConflicts()
                    .serverSideApply();
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName(definition.getMetadata().getName())
                    .waitUntilCondition(DryRun::served, Duration.ofSeconds(60).toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Between its creation and the first look of its controller a definition has a status without conditions. */
    private static boolean served(@Nullable CustomResourceDefinition definition) {
        return definition != null
                && definition.getStatus() != null
                && definition.getStatus().getConditions() != null
                && definition.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }

    /** The documents of a file. */
    public static List<JsonNode> read(Path file) {
        try {
            return Chart.parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws io.fabric8.kubernetes.client.KubernetesClientException with the API server's words */
    public void create(JsonNode object) {
        String version = object.path("apiVersion").asText();
        String kind = object.path("kind").asText();
        client.raw(
                (version.contains("/") ? "/apis/" : "/api/")
                        + version
                        + (CLUSTER_WIDE.contains(kind) ? "" : "/namespaces/" + URLEncoder.encode(namespace, UTF_8))
                        + "/" + plural(kind.toLowerCase(Locale.ROOT)) + "?dryRun=All&fieldValidation=Strict",
                "POST",
                object);
    }

    private static String plural(String kind) {
        if (kind.endsWith("y")) {
            return kind.substring(0, kind.length() - 1) + "ies";
        }
        return kind + (kind.endsWith("s") ? "es" : "s");
    }
}
