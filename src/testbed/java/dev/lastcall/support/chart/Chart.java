package dev.lastcall.support.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The chart in {@code daemonset/} and the real Helm that reads it. */
public final class Chart {

    public static final Path DIRECTORY = Path.of("daemonset");
    public static final String NAMESPACE = "lastcall-system";
    public static final String RELEASE = "lastcall";
    /** The one kind that only OpenShift's API server knows. */
    public static final String CONSTRAINTS = "SecurityContextConstraints";
    /** The chart assumes no image, so every render names one. */
    public static final String IMAGE = "image.repository=registry.example.com/lastcall-agent";
    /** The same as a file of values. */
    public static final String IMAGE_VALUES = "src/test/resources/chart/image.yaml";
    /** What to print where Helm is not there. */
    public static final String SKIPPED =
            "skipped: Helm is not built yet (or Go is missing); make chart-tools builds it";

    private static final Path BUILD = Path.of("src/test/testbed/chart/build");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private Chart() {}

    /** Where the tools and the data for testing the chart lie, whether or not they are there. */
    public static Path tools() {
        return Path.of(ToolRun.of(BUILD.toString(), "--dir").out().strip());
    }

    public static boolean helmIsThere() {
        return Files.isRegularFile(tools().resolve("ready"));
    }

    /** Runs Helm with a home of its own: nothing of the user's configuration reaches it, nothing is left there. */
    public static ToolRun helm(String... arguments) {
        return ToolRun.of(
                Stream.concat(Stream.of(tools().resolve("helm").toString()), Arrays.stream(arguments))
                        .toList(),
                environment());
    }

    /** What keeps Helm, and what a shell calls beside it, away from the user's configuration and clusters. */
    public static Map<String, String> environment() {
        Path home = Path.of("target/helm").toAbsolutePath();
        return Map.of(
                "HELM_CACHE_HOME", home.resolve("cache").toString(),
                "HELM_CONFIG_HOME", home.resolve("config").toString(),
                "HELM_DATA_HOME", home.resolve("data").toString(),
                // Nothing may be asked of a cluster that happens to be configured on this machine.
                "KUBECONFIG", "/dev/null");
    }

    /** The tag of the image where no values name one. */
    public static String appVersion() {
        try {
            return YAML.readTree(DIRECTORY.resolve("Chart.yaml").toFile())
                    .path("appVersion")
                    .asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code helm template} for a fixed Kubernetes version, so that a newer Helm does not change what comes out. */
    public static ToolRun template(String... arguments) {
        return helm(Stream.concat(
                        Stream.of(
                                "template",
                                RELEASE,
                                DIRECTORY.toString(),
                                "--namespace",
                                NAMESPACE,
                                "--kube-version",
                                "1.34.3",
                                "--set",
                                IMAGE),
                        Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    /** The objects of a render that has to succeed. */
    public static List<JsonNode> objects(String... arguments) {
        ToolRun run = template(arguments);
        if (!run.successful()) {
            throw new IllegalStateException(run.err());
        }
        return parse(run.out());
    }

    /** The object of that kind; there must be one. */
    public static JsonNode one(List<JsonNode> objects, String kind) {
        List<JsonNode> found = objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
        if (found.isEmpty()) {
            throw new IllegalStateException("no " + kind + " in the render");
        }
        return found.getFirst();
    }

    /** The documents of a YAML stream. */
    public static List<JsonNode> parse(String yaml) {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(yaml)) {
            List<JsonNode> objects = new ArrayList<>();
            while (documents.hasNextValue()) {
                JsonNode document = documents.nextValue();
                if (document != null && document.isObject()) {
                    objects.add(document);
                }
            }
            return objects;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The values files a user may start from. */
    public static List<Path> examples() {
        try (Stream<Path> files = Files.list(DIRECTORY.resolve("examples"))) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The default, each example, and one that turns everything on: {@code helm} arguments by name. */
    public static Map<String, List<String>> variants() {
        Map<String, List<String>> variants = new java.util.TreeMap<>();
        variants.put("default", List.of());
        for (Path example : examples()) {
            variants.put(example.getFileName().toString().replace(".yaml", ""), List.of("-f", example.toString()));
        }
        variants.put("everything", List.of("-f", "src/test/resources/chart/everything-values.yaml"));
        return variants;
    }

    /** The {@code helm} arguments of one variant. */
    public static String[] variant(String name) {
        List<String> arguments = variants().get(name);
        if (arguments == null) {
            throw new IllegalArgumentException("no variant " + name + " of the chart");
        }
        return arguments.toArray(String[]::new);
    }
}
