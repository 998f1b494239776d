package dev.lastcall.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.PodStage;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.page.StateDescription;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The description of the API: read by the parser of a client generator, true of the documents that the page is tested with. */
class OpenApiTest {

    @Test
    void the_parser_of_client_generators_reads_it_without_a_message() throws IOException {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult parsed =
                new OpenAPIV3Parser().readContents(Files.readString(StateDescription.FILE), null, options);
        assertThat(parsed.getMessages()).isNullOrEmpty();
        OpenAPI api = parsed.getOpenAPI();
        assertThat(api.getPaths()).containsOnlyKeys("/api/v1/state", "/api/v1/state/events");
        Schema<?> state = api.getComponents().getSchemas().get("State");
        assertThat(Objects.requireNonNull(state).getProperties())
                .containsKeys("node", "drain", "notices", "recentDrains", "gpus");
    }

    @ParameterizedTest
    @ValueSource(strings = {"quiet", "hint", "mid-drain", "after"})
    void the_documents_of_the_page_are_as_described(String situation) throws IOException {
        String document = Files.readString(Path.of("src/test/resources/page", situation + ".json"));
        assertThat(StateDescription.differences(document)).isEmpty();
    }

    @Test
    void a_member_that_is_not_described_is_a_difference() throws IOException {
        String document = Files.readString(Path.of("src/test/resources/page/quiet.json"));
        assertThat(StateDescription.differences(document.replace("\"up\"", "\"upp\"")))
                .isNotEmpty();
        assertThat(StateDescription.differences(document.replace("\"sources\"", "\"extra\"")))
                .isNotEmpty();
    }

    @Test
    void the_names_in_it_are_those_of_the_agent() throws IOException {
        assertThat(StateDescription.names("Drain", "phase"))
                .containsExactlyElementsOf(labels(DrainPhase.values(), DrainPhase::label));
        assertThat(StateDescription.names("DrainedPod", "stage"))
                .containsExactlyInAnyOrderElementsOf(labels(PodStage.values(), PodStage::label));
        assertThat(StateDescription.names("PodPlan", "decision"))
                .containsExactlyInAnyOrderElementsOf(labels(PodPlan.Decision.values(), PodPlan.Decision::label));
        assertThat(StateDescription.names("Kind", ""))
                .containsExactlyInAnyOrderElementsOf(labels(NoticeKind.values(), NoticeKind::label));
    }

    private static <T> List<String> labels(T[] values, java.util.function.Function<T, String> label) {
        return Arrays.stream(values).map(label).toList();
    }
}
