package dev.lastcall.lint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Input that can't be read is one line and exit code 2, and never a stack trace. */
class BadInputTest {

    @Test
    void broken_yaml_is_named_with_its_line() {
        assertThat(refusal("kind: Pod\nmetadata:\n  name: [a\nspec: {}\n")).startsWith("lastcall: stdin:4: no YAML: ");
        assertThat(refusal("a: b: c\n")).startsWith("lastcall: stdin:1: no YAML: ");
        assertThat(refusal("kind: *nothing\n"))
                .startsWith("lastcall: stdin:1: ")
                .contains("nothing");
    }

    @Test
    void a_template_that_is_not_rendered_is_told_so() {
        for (String template : new String[] {
            "kind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n",
            "{{- if .Values.on }}\nkind: Deployment\n{{- end }}\n",
            "kind: Deployment\nmetadata:\n  name: \"{{ .Release.Name }}\"\n"
        }) {
            assertThat(refusal(template)).contains("stdin:").contains("helm template");
        }
    }

    @Test
    void a_text_is_no_manifest() {
        assertThat(refusal("Error: no such chart\n"))
                .isEqualTo("lastcall: stdin: no Kubernetes object: nothing in it has a kind");
        assertThat(refusal("just words\n")).isEqualTo("lastcall: stdin:1: no Kubernetes object, but a text");
    }

    @Test
    void an_anchor_bomb_is_refused_without_being_expanded() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [");
            bomb.append(("*a" + (i - 1) + ", ").repeat(9))
                    .append("*a")
                    .append(i - 1)
                    .append("]\n");
        }
        assertThat(refusal(bomb.toString())).contains("values (anchors counted as often as they are used)");
    }

    @Test
    void an_endless_depth_is_refused() {
        assertThat(refusal("[".repeat(5000))).contains("nested deeper than");
        assertThat(refusal("a: " + "{b: ".repeat(5000) + "}".repeat(5000))).contains("nested deeper than");
    }

    @Test
    void a_file_of_100_megabytes_is_refused_by_its_size(@TempDir Path directory) throws IOException {
        Path large = directory.resolve("large.yaml");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(100L * 1024 * 1024);
        }
        LintRun run = LintRun.of("", large.toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines().findFirst()).hasValue("lastcall: " + large + ": larger than 32 MiB; split it");
    }

    @Test
    void a_file_that_is_missing_or_no_text_costs_a_line_and_not_the_others(@TempDir Path directory) throws IOException {
        Path good = directory.resolve("good.yaml");
        Files.writeString(
                good,
                "kind: Pod\nmetadata: {name: p, labels: {lastcall.dev/engine: generic}}\nspec: {containers: []}\n");
        Path binary = directory.resolve("binary.yaml");
        Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        LintRun run = LintRun.of(
                "",
                good.toString(),
                binary.toString(),
                directory.resolve("none.yaml").toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(binary + ": not UTF-8 text").contains("none.yaml: there is no such file");
        assertThat(run.out()).contains("Pod p: no_rotation");
    }

    @Test
    void a_bad_option_is_named_with_what_it_may_be() {
        assertThat(usage("--window", "soon"))
                .isEqualTo("lastcall: --window: 'soon' is not allowed; give lengths such as" + " 30s,120s or 2m\n");
        assertThat(usage("--window", "0s")).contains("--window: '0s' is not allowed");
        assertThat(usage("--cloud", "ibm"))
                .isEqualTo("lastcall: --cloud: 'ibm' is not allowed; give one of aws, gcp, azure, alibaba, tencent\n");
        assertThat(usage("-o", "xml"))
                .isEqualTo("lastcall: --output: 'xml' is not allowed; give text, json or sarif\n");
        assertThat(usage("--disable", "all")).startsWith("lastcall: --disable: 'all' is no finding; give some of ");
    }

    private static String usage(String... args) {
        LintRun run = LintRun.of("", args);
        assertThat(run.code()).isEqualTo(2);
        return run.err();
    }

    private static String refusal(String input) {
        LintRun run = LintRun.of(input);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        String first = run.err().lines().findFirst().orElse("");
        assertThat(run.err()).doesNotContain("\tat ");
        return first;
    }
}
