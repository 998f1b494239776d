package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.page.StateDescription;
import dev.lastcall.support.page.StateListener;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Without an API server, a cloud or a GPU the packaged program still answers everything it serves. */
class PagesIT {

    private static AgentProcess agent;

    @BeforeAll
    static void start() throws Exception {
        agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.node-name", "gpu-1")
                .start();
    }

    @AfterAll
    static void stop() {
        if (agent != null) {
            agent.close();
        }
    }

    @Test
    void a_node_without_gpu_cloud_or_api_server_is_live_ready_and_started() throws Exception {
        for (String probe : new String[] {"live", "ready", "started"}) {
            HttpResponse<String> answer = agent.get("/health/" + probe);
            assertThat(answer.statusCode()).as(probe).isEqualTo(200);
            assertThat(new ObjectMapper().readTree(answer.body()).path("status").asText())
                    .isEqualTo("UP");
        }
    }

    @Test
    void the_state_names_the_node_and_the_version() throws Exception {
        JsonNode state = new ObjectMapper().readTree(agent.get("/api/v1/state").body());
        assertThat(state.path("node").asText()).isEqualTo("gpu-1");
        assertThat(state.path("version").asText()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(state.path("dryRun").asBoolean(true)).isFalse();
    }

    @Test
    void the_page_needs_nothing_from_elsewhere_and_nothing_inline() throws Exception {
        HttpResponse<String> page = agent.get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("gpu-1").doesNotContainPattern("(src|href)=\"?(https?:)?//");
        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValue("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                        + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        assertThat(page.body()).doesNotContainPattern("<style|style=|\\son[a-z]+=");
    }

    @Test
    void style_script_and_description_are_files_of_the_agent() throws Exception {
        Map<String, String> types = Map.of(
                "/page.css", "text/css; charset=utf-8",
                "/page.js", "text/javascript; charset=utf-8",
                "/api/v1/openapi.yaml", "application/yaml; charset=utf-8");
        for (Map.Entry<String, String> file : types.entrySet()) {
            HttpResponse<String> answer = agent.get(file.getKey());
            assertThat(answer.statusCode()).as(file.getKey()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue(file.getValue());
            assertThat(answer.body()).isNotBlank();
        }
    }

    @Test
    void a_quiet_node_says_so_in_words_without_any_script() throws Exception {
        assertThat(agent.get("/").body())
                .contains(
                        "No interruption notice",
                        "No drain is under way.",
                        "The agent sees no GPU on this node.",
                        "The agent polls no notice source.",
                        "No drain since the agent started",
                        "No findings.");
    }

    @Test
    void a_snapshot_has_no_script_and_says_when_it_was_made() throws Exception {
        assertThat(agent.get("/?snapshot").body())
                .contains("snapshot made at <time datetime=")
                .doesNotContain("<script", "data-live", "http-equiv");
    }

    @Test
    void the_state_is_as_its_description_says() throws Exception {
        assertThat(StateDescription.differences(agent.get("/api/v1/state").body()))
                .isEmpty();
    }

    @Test
    void sixteen_may_listen_the_next_is_told_to_poll_and_a_place_that_is_left_is_free_again() throws Exception {
        List<StateListener> listeners = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                listeners.add(StateListener.connect(agent.uri("/api/v1/state/events")));
            }
            assertThat(listeners).extracting(StateListener::status).containsOnly(200);
            assertThat(listeners.getFirst().header("Content-Type")).startsWith("text/event-stream");
            HttpResponse<String> refused = agent.get("/api/v1/state/events");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("poll /api/v1/state");
            await("all hear")
                    .atMost(Duration.ofSeconds(60))
                    .until(() ->
                            listeners.stream().noneMatch(each -> each.phases().isEmpty()));

            listeners.removeFirst().close();
            await("a free place").atMost(Duration.ofSeconds(60)).until(() -> {
                StateListener next = StateListener.connect(agent.uri("/api/v1/state/events"));
                listeners.add(next);
                return next.status() == 200;
            });
        } finally {
            listeners.forEach(StateListener::close);
        }
    }

    @Test
    void an_unknown_path_is_404_in_plain_text() throws Exception {
        for (String path : new String[] {"/nope", "/api/v1", "/api/v1/state/x", "/health/x"}) {
            HttpResponse<String> answer = agent.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.body()).as(path).doesNotContain("<html");
        }
    }
}
