package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.chart.ValuesComments;
import dev.lastcall.support.chart.ServingChart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** values.yaml, its schema and the README say the same. {@code -Dgolden.update=true} rewrites the README's table. */
class ServingValuesTest {

    private static final Path VALUES = ServingChart.DIRECTORY.resolve("values.yaml");
    private static final Path README = ServingChart.DIRECTORY.resolve("README.md");
    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- generated -->\n).*?(<!-- end -->)");

    @Test
    void the_readme_lists_every_value_with_its_default_and_meaning() throws IOException {
        String text = Files.readString(README);
        Matcher table = TABLE.matcher(text);
        assertThat(table.find()).as(README + " has its markers").isTrue();
        String wanted = table.replaceFirst("$1" + Matcher.quoteReplacement(ValuesComments.table(VALUES)) + "$2");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(README, wanted);
            return;
        }
        assertThat(text).as(README + " (rewrite it with -Dgolden.update=true)").isEqualTo(wanted);
    }

    /** A value without a place in the schema could not be set; one that is only in the schema does nothing. */
    @Test
    void the_schema_has_exactly_the_values_of_values_yaml() throws IOException {
        JsonNode schema = schema();
        Set<String> documented = ValuesComments.read(VALUES).stream()
                .map(ValuesComments.Value::path)
                .collect(Collectors.toSet());
        Set<String> known = new TreeSet<>();
        leaves("", schema, known, documented);
        known.remove("global");
        assertThat(known).isEqualTo(new TreeSet<>(documented));
    }

    @Test
    void a_misspelt_value_is_refused_at_every_level_of_the_schema() throws IOException {
        assertThat(closed("", schema())).isEmpty();
    }

    private static void leaves(String prefix, JsonNode schema, Set<String> into, Set<String> documented) {
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            String path = prefix + property.getKey();
            if (property.getValue().has("properties") && !documented.contains(path)) {
                leaves(path + ".", property.getValue(), into, documented);
            } else {
                into.add(path);
            }
        }
    }

    /** Objects with named properties that would take others as well. A trigger's metadata is KEDA's business. */
    private static List<String> closed(String path, JsonNode schema) {
        List<String> open = new java.util.ArrayList<>();
        if (schema.has("properties")
                && schema.path("additionalProperties").asBoolean(true)
                && !path.startsWith("/autoscaling/extraTriggers")) {
            open.add(path);
        }
        schema.path("properties")
                .properties()
                .forEach(property -> open.addAll(closed(path + "/" + property.getKey(), property.getValue())));
        if (schema.has("items")) {
            open.addAll(closed(path + "/items", schema.path("items")));
        }
        return open;
    }

    private static JsonNode schema() throws IOException {
        return new ObjectMapper()
                .readTree(ServingChart.DIRECTORY.resolve("values.schema.json").toFile());
    }
}
