package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.support.chart.Chart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * values.yaml, its schema, the README and the agent's own list of settings say the same. {@code -Dgolden.update=true}
 * rewrites the generated parts.
 */
class ChartValuesTest {

    /** The chart knows these from elsewhere: the downward API and {@code http.port}. */
    static final Set<String> SET_BY_THE_CHART = Set.of("lastcall.node-name", "lastcall.http.port");

    private static final Path SCHEMA = Chart.DIRECTORY.resolve("values.schema.json");
    private static final Path README = Chart.DIRECTORY.resolve("README.md");
    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- generated -->\n).*?(<!-- end -->)");
    private static final Pattern RANGE = Pattern.compile("a whole number from (\\d+) to (\\d+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void the_readme_lists_every_value_with_its_default_and_meaning() throws IOException {
        String rows = ValuesComments.table(Chart.DIRECTORY.resolve("values.yaml"));
        String text = Files.readString(README);
        Matcher table = TABLE.matcher(text);
        assertThat(table.find()).as(README + " has its markers").isTrue();
        String wanted = table.replaceFirst("$1" + Matcher.quoteReplacement(rows) + "$2");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(README, wanted);
            return;
        }
        assertThat(text).as(README + " (rewrite it with -Dgolden.update=true)").isEqualTo(wanted);
    }

    @Test
    void the_schema_knows_exactly_the_settings_that_the_agent_has() throws IOException {
        ObjectNode schema = (ObjectNode) JSON.readTree(SCHEMA.toFile());
        ObjectNode config = (ObjectNode) schema.at("/properties/config");
        ObjectNode wanted = JSON.createObjectNode();
        ConfigKeys.all().stream()
                .filter(key -> !SET_BY_THE_CHART.contains(key.name()))
                .forEach(key -> wanted.set(key.name(), schema(key)));
        if (Boolean.getBoolean("golden.update")) {
            config.set("properties", wanted);
            Files.writeString(SCHEMA, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(schema) + "\n");
            return;
        }
        assertThat(config.path("properties"))
                .as(SCHEMA + " (rewrite it with -Dgolden.update=true)")
                .isEqualTo(wanted);
        assertThat(config.path("additionalProperties").asBoolean(true)).isFalse();
    }

    /** A value without a place in the schema could not be set; one that stands only in the schema does nothing. */
    @Test
    void the_schema_has_the_values_of_values_yaml() throws IOException {
        JsonNode schema = JSON.readTree(SCHEMA.toFile());
        List<String> paths = ValuesComments.read(Chart.DIRECTORY.resolve("values.yaml")).stream()
                .map(ValuesComments.Value::path)
                .toList();
        assertThat(paths).allSatisfy(path -> {
            JsonNode at = schema;
            for (String part : path.split("\\.")) {
                at = at.path("properties").path(part);
                assertThat(at.isMissingNode()).as(path).isFalse();
            }
        });
        Set<String> top = paths.stream().map(path -> path.split("\\.")[0]).collect(Collectors.toSet());
        assertThat(schema.path("properties").properties().stream()
                        .filter(value -> !value.getValue().path("deprecated").asBoolean())
                        .map(java.util.Map.Entry::getKey))
                .filteredOn(name -> !name.equals("global"))
                .containsExactlyInAnyOrderElementsOf(top);
    }

    @Test
    void the_chart_is_for_the_version_of_the_program_that_stands_beside_it() throws IOException {
        Matcher version = Pattern.compile("<version>([^<]+)</version>").matcher(Files.readString(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();
        JsonNode chart = Chart.parse(Files.readString(Chart.DIRECTORY.resolve("Chart.yaml")))
                .getFirst();
        String released = version.group(1).replace("-SNAPSHOT", "");
        assertThat(chart.path("appVersion").asText()).isEqualTo(released);
        JsonNode jvm = Chart.parse(Files.readString(Chart.DIRECTORY.resolve("examples/jvm-image.yaml")))
                .getFirst();
        assertThat(jvm.at("/image/tag").asText()).isEqualTo(released + "-jvm");
    }

    /** What the agent would say at its start, said at install where a schema can say it. */
    private static ObjectNode schema(ConfigKey key) {
        ObjectNode schema = JSON.createObjectNode();
        String rule = key.allowed();
        schema.put("description", key.meaning() + ": " + rule);
        Matcher range = RANGE.matcher(rule);
        boolean single = key.shape() == ConfigKey.Shape.ONE;
        if (single && rule.equals("true or false")) {
            ArrayNode values = schema.putArray("enum");
            values.add(true).add(false).add("true").add("false");
        } else if (single && rule.startsWith("one of ")) {
            ArrayNode values = schema.putArray("enum");
            words(rule).forEach(values::add);
        } else if (rule.contains("each one of ")) {
            String word = words(rule).collect(Collectors.joining("|", "(", ")"));
            schema.put("type", "string").put("pattern", "^" + word + "(," + word + ")*$");
        } else if (range.matches()) {
            schema.putArray("type").add("integer").add("string");
            schema.put("minimum", Integer.parseInt(range.group(1)))
                    .put("maximum", Integer.parseInt(range.group(2)))
                    .put("pattern", "^[0-9]+$");
        } else if (rule.startsWith("a duration ")) {
            schema.putArray("type").add("string").add("integer");
            schema.put("pattern", "^([0-9]+(ms|s|m|h|d)?)+$|^P[0-9DTHMS.]+$");
        } else if (rule.startsWith("an http or https URL")) {
            schema.put("type", "string")
                    .put("pattern", key.defaultValue().isEmpty() ? "^(https?://.+)?$" : "^https?://");
        } else {
            schema.put("type", "string");
        }
        return schema;
    }

    private static Stream<String> words(String rule) {
        String list = rule.substring(rule.indexOf("one of ") + 7);
        return Stream.of(list.split(";")[0].split(", "));
    }
}
