package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import java.net.http.HttpResponse;
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
    void the_page_needs_nothing_from_elsewhere() throws Exception {
        HttpResponse<String> page = agent.get("/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("gpu-1").doesNotContainPattern("(src|href)=\"?(https?:)?//");
        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'none'"));
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
