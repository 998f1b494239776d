package dev.lastcall.support.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** An audit that can't object to anything would be worse than none. */
class AuditTest {

    private static final String SHA = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void this_repository_moves_only_when_somebody_moves_it() throws IOException {
        assertThat(Audit.repository()).isEmpty();
    }

    @Test
    void an_action_that_is_named_by_its_tag_is_found() {
        assertThat(Pins.ofWorkflow("ci.yml", "    - uses: actions/checkout@v4\n"))
                .singleElement()
                .asString()
                .contains("actions/checkout@v4", "not pinned");
        assertThat(Pins.ofWorkflow("ci.yml", "      - uses: actions/checkout@" + SHA + "\n"))
                .singleElement()
                .asString()
                .contains("no comment");
        assertThat(Pins.ofWorkflow("ci.yml", "      - uses: actions/checkout@" + SHA + " # v4.2.2\n"))
                .isEmpty();
    }

    @Test
    void a_go_module_without_its_sum_is_found() {
        String module = "module x\n\nrequire example.org/tool v1.2.3\n";
        assertThat(Pins.ofGoModule("go.mod", module, ""))
                .singleElement()
                .asString()
                .contains("example.org/tool v1.2.3");
        assertThat(Pins.ofGoModule("go.mod", module, "example.org/tool v1.2.3 h1:abc=\n"))
                .isEmpty();
    }

    @Test
    void a_python_requirement_without_a_version_is_found() {
        assertThat(Pins.ofPythonRequirements("r.txt", "# comment\n--hash=sha256:00\nfoo==1.0\nbar>=2\n"))
                .singleElement()
                .asString()
                .contains("bar>=2");
    }

    @Test
    void a_choice_of_licences_needs_one_that_is_allowed() throws IOException {
        assertThat(Licences.findings(component(
                        "[{\"license\":{\"id\":\"LGPL-2.1-or-later\"}},{\"license\":{\"id\":\"Apache-2.0\"}}]")))
                .isEmpty();
        assertThat(Licences.findings(component("[{\"license\":{\"id\":\"AGPL-3.0-only\"}}]")))
                .singleElement()
                .asString()
                .contains("org.example:thing:1.0", "AGPL-3.0-only");
        assertThat(Licences.findings(component("[]")))
                .singleElement()
                .asString()
                .contains("names no licence");
    }

    private static JsonNode component(String licences) throws IOException {
        return new ObjectMapper()
                .readTree("{\"group\":\"org.example\",\"name\":\"thing\",\"version\":\"1.0\",\"licenses\":" + licences
                        + "}");
    }
}
