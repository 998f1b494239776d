package dev.lastcall.support.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The chart in {@code serving/}, as release {@code chat} in namespace {@code llm}, and the definitions that it needs. */
public final class ServingChart {

    public static final Path DIRECTORY = Path.of("serving");
    public static final String NAMESPACE = "llm";
    public static final String RELEASE = "chat";
    /** The smallest values that are accepted. */
    public static final String LEAST =
            "cloud=aws,model.name=Qwen/Qwen3-8B,autoscaling.prometheus=http://prometheus.monitoring.svc:9090";
    /** What to print where the definitions of KEDA and the others are not there. */
    public static final String SKIPPED =
            "skipped: KEDA's definitions are not here (or Go is missing); src/test/testbed/keda/build crds brings them";

    private static final Path BUILD = Path.of("src/test/testbed/keda/build");

    private ServingChart() {}

    /** Where KEDA's programs and the definitions lie, whether or not they are there. */
    public static Path tools() {
        return Path.of(ToolRun.of(BUILD.toString(), "--dir").out().strip());
    }

    public static boolean definitionsAreThere() {
        return Files.isRegularFile(tools().resolve("crds.ready"));
    }

    /** The definitions of every kind that the chart or {@code infrastructure/} can name, beside those of Kubernetes. */
    public static List<Path> definitions() {
        List<Path> files = new ArrayList<>();
        for (Path directory : List.of(Chart.tools().resolve("crds"), tools().resolve("crds"))) {
            try (Stream<Path> found = Files.list(directory)) {
                found.sorted().forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    /** {@code helm template} for a fixed Kubernetes version. */
    public static ToolRun template(String... arguments) {
        return Chart.helm(Stream.concat(
                        Stream.of(
                                "template",
                                RELEASE,
                                DIRECTORY.toString(),
                                "--namespace",
                                NAMESPACE,
                                "--kube-version",
                                "1.34.3"),
                        Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    /** The objects of a render that has to succeed. */
    public static List<JsonNode> objects(String... arguments) {
        ToolRun run = template(arguments);
        if (!run.successful()) {
            throw new IllegalStateException(run.err());
        }
        return Chart.parse(run.out());
    }

    /** The objects of {@link #LEAST} and of what is set beside it. */
    public static List<JsonNode> least(String... settings) {
        return objects(
                "--set",
                String.join(
                        ",",
                        Stream.concat(Stream.of(LEAST), Arrays.stream(settings)).toList()));
    }

    /** The object of that kind and name; there must be one. */
    public static JsonNode one(List<JsonNode> objects, String kind, String name) {
        return objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .filter(object -> object.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + kind + " " + name + " in the render"));
    }

    /** Each example, and one that turns everything on: {@code helm} arguments by name. */
    public static Map<String, List<String>> variants() {
        Map<String, List<String>> variants = new TreeMap<>();
        try (Stream<Path> files = Files.list(DIRECTORY.resolve("examples"))) {
            files.forEach(file ->
                    variants.put(file.getFileName().toString().replace(".yaml", ""), List.of("-f", file.toString())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        variants.put("everything", List.of("-f", "src/test/resources/serving/everything-values.yaml"));
        return variants;
    }

    /** The {@code helm} arguments of one variant. */
    public static String[] variant(String name) {
        List<String> arguments = variants().get(name);
        if (arguments == null) {
            throw new IllegalArgumentException("no variant " + name + " of the serving chart");
        }
        return arguments.toArray(String[]::new);
    }
}
