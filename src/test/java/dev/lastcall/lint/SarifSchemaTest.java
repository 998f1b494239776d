package dev.lastcall.lint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What code scanning is given is valid by the schema that OASIS published. */
class SarifSchemaTest {
    private static final JsonSchema SCHEMA = schema();

    /** The examples of the manual, which have every finding, and others. */
    static Stream<String> inputs() throws IOException {
        Stream<String> examples = Pattern.compile("(?s)<!-- lint: [^>]+ -->\n```yaml\n(.*?)```")
                .matcher(Files.readString(Path.of("docs/LINT.md")))
                .results()
                .map(example -> example.group(1));
        Stream<String> others =
                Stream.of("", Files.readString(Path.of("src/test/resources/lint/production-stack.yaml")), accepted());
        return Stream.concat(examples, others);
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void the_output_is_valid(String manifests) throws IOException {
        assertThat(problems(LintRun.of(manifests, "-o", "sarif").json())).isEmpty();
    }

    @Test
    void of_a_file_with_a_name_that_no_uri_may_have_it_is_valid_too() throws IOException {
        Path file = Files.createTempDirectory("sarif").resolve("a name with [odd] things %.yaml");
        Files.writeString(file, Files.readString(Path.of("src/test/resources/lint/production-stack.yaml")));
        LintRun run = LintRun.of("", "-o", "sarif", file.toString());
        assertThat(run.json().at("/runs/0/results")).isNotEmpty();
        assertThat(problems(run.json())).isEmpty();
    }

    @Test
    void the_schema_refuses_what_is_wrong() throws IOException {
        ObjectNode sarif = (ObjectNode) LintRun.of(accepted(), "-o", "sarif").json();
        ((ObjectNode) sarif.at("/runs/0/results/0")).put("level", "loud");
        assertThat(problems(sarif)).isNotEmpty();
    }

    private static String accepted() throws IOException {
        return Files.readString(Path.of("src/test/resources/lint/production-stack.yaml"))
                .replace(
                        "metadata: {name: vllm-llama-deployment-vllm,",
                        "metadata: {name: vllm-llama-deployment-vllm, annotations: {lastcall.dev/lint-accept:"
                                + " no_rotation=told so},");
    }

    @Test
    void accepted_findings_are_in_it() throws IOException {
        assertThat(LintRun.of(accepted(), "-o", "sarif").out()).contains("suppressions");
    }

    private static List<String> problems(JsonNode sarif) {
        return SCHEMA.validate(sarif).stream().map(ValidationMessage::toString).collect(Collectors.toList());
    }

    private static JsonSchema schema() {
        try (InputStream file =
                Objects.requireNonNull(SarifSchemaTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json"))) {
            JsonNode text = new ObjectMapper().readTree(file);
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(text);
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}
