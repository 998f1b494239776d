package dev.lastcall.kube;

import static dev.lastcall.kube.NodeViews.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.serving.findings.Container;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** From the containers of the API's Pod to what tells which of them serves, and where. */
final class Containers {

    private static final String TCP = "TCP";

    private Containers() {}

    /** In their order, with TCP ports only and without what only a manifest is asked for. */
    static List<Container> of(JsonNode spec) {
        return spec.path("containers").valueStream().map(Containers::container).toList();
    }

    private static Container container(JsonNode container) {
        return new Container(
                text(container, "name"),
                text(container, "image"),
                Stream.concat(words(container.path("command")), words(container.path("args")))
                        .toList(),
                container
                        .path("ports")
                        .valueStream()
                        .filter(port -> port.path("protocol").asText(TCP).equals(TCP))
                        .map(port -> port.path("containerPort"))
                        .filter(JsonNode::isInt)
                        .map(JsonNode::intValue)
                        .distinct()
                        .toList(),
                Map.of(),
                Duration.ZERO,
                null);
    }

    static Stream<String> words(JsonNode list) {
        return list.valueStream().map(word -> word.asText(""));
    }
}
