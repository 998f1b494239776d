package dev.lastcall.grafana;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code make dashboards}: writes each dashboard of {@code dashboards/} from its source. */
public final class Dashboards {

    /** All dashboards, in the order in which they link to each other. */
    public static final List<String> NAMES = List.of("fleet", "node", "interruptions", "serving");

    private static final Path FOLDER = Path.of("dashboards");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private Dashboards() {}

    public static void main(String... args) throws IOException {
        for (String name : NAMES) {
            Files.writeString(file(name), text(name));
            System.out.println("lastcall: " + file(name));
        }
    }

    /** Where Grafana's form of a dashboard lies. */
    public static Path file(String name) {
        return FOLDER.resolve(name + ".json");
    }

    /** What a person edits. */
    public static JsonNode source(String name) throws IOException {
        return YAML.readTree(FOLDER.resolve("source/" + name + ".yaml").toFile());
    }

    /** What Grafana reads. */
    public static String text(String name) throws IOException {
        ObjectNode dashboard = GrafanaJson.of(name, source(name));
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter(" ", "\n"));
        return new ObjectMapper().writer(printer).writeValueAsString(dashboard) + "\n";
    }
}
