package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code lastcall.log.format}, as a log collector sees it. */
class JsonLogIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void with_json_every_line_of_a_life_is_one_object_with_time_level_logger_and_message() throws Exception {
        List<String> lines = life("json");

        assertThat(lines).isNotEmpty().allSatisfy(line -> {
            JsonNode entry = JSON.readTree(line);
            assertThat(Instant.parse(entry.path("timestamp").asText()))
                    .isBefore(Instant.now().plusSeconds(5));
            assertThat(entry.path("level").asText()).isIn("DEBUG", "INFO", "WARN", "ERROR");
            assertThat(entry.path("loggerName").asText()).isNotEmpty();
            assertThat(entry.path("message").asText()).isNotEmpty();
        });
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("libnvidia-ml-absent.so.1"));
    }

    @Test
    void by_default_lines_are_for_people() throws Exception {
        assertThat(life("text")).isNotEmpty().noneMatch(line -> line.startsWith("{"));
    }

    private static List<String> life(String format) throws Exception {
        try (AgentProcess agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                .config("lastcall.log.format", format)
                .start()) {
            var _ = agent.awaitLine(line -> line.contains("libnvidia-ml-absent.so.1"), Duration.ofSeconds(60));
            var _ = agent.stop();
            return agent.lines();
        }
    }
}
