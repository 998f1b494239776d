package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.agent.AgentProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program refuses what it can't use before it does anything else. */
class ConfigurationRefusedIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    @Test
    void a_bad_value_is_one_line_and_exit_code_78() throws Exception {
        assertThat(refusal(AgentProcess.builder().env("LASTCALL_DRAIN_FORCE", "sometimes")))
                .containsExactly("lastcall: LASTCALL_DRAIN_FORCE: 'sometimes' is not allowed;"
                        + " give one of never, spot, always");
    }

    @Test
    void an_unknown_key_is_one_line_and_exit_code_78() throws Exception {
        assertThat(refusal(AgentProcess.builder().env("LASTCALL_NODENAME", "n1")))
                .singleElement()
                .asString()
                .startsWith("lastcall: LASTCALL_NODENAME: unknown key")
                .contains("LASTCALL_NODE_NAME");
        assertThat(refusal(AgentProcess.builder().javaOptions("-Dlastcall.drain.forse=spot")))
                .singleElement()
                .asString()
                .startsWith("lastcall: lastcall.drain.forse: unknown key");
    }

    @Test
    void a_bad_value_in_the_configuration_file_is_refused_the_same_way(@TempDir Path directory) throws Exception {
        Files.createDirectory(directory.resolve("config"));
        Files.writeString(directory.resolve("config/application.properties"), "lastcall.notice.provider=amazon\n");
        assertThat(refusal(AgentProcess.builder().workingDirectory(directory)))
                .singleElement()
                .asString()
                .startsWith("lastcall: lastcall.notice.provider: 'amazon' is not allowed");
    }

    @Test
    void every_mistake_gets_its_line_at_the_first_start() throws Exception {
        assertThat(refusal(AgentProcess.builder()
                        .env("LASTCALL_SERVING_SETTLE", "soon")
                        .env("LASTCALL_DRY_RUN", "maybe")))
                .hasSize(2);
    }

    @Test
    void variables_of_a_service_called_lastcall_do_not_stop_it() throws Exception {
        try (AgentProcess agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .env("LASTCALL_PORT", "tcp://10.0.0.1:9410")
                .env("LASTCALL_PORT_9410_TCP_PORT", "9410")
                .env("LASTCALL_SERVICE_HOST", "10.0.0.1")
                .start()) {
            assertThat(agent.get("/health/live").statusCode()).isEqualTo(200);
            assertThat(agent.stop()).isZero();
        }
    }

    @Test
    void help_and_version_print_and_end_with_0() throws Exception {
        try (AgentProcess help = AgentProcess.builder()
                .arguments("--help")
                .env("LASTCALL_X", "y")
                .launch()) {
            assertThat(help.awaitExit(SOON)).isZero();
            assertThat(help.lines()).anyMatch(line -> line.contains("LASTCALL_DRAIN_FORCE"));
            assertThat(String.join(" ", help.lines())).contains("2 unknown", "75 the NVIDIA driver", "78 config");
        }
        try (AgentProcess version =
                AgentProcess.builder().arguments("--version").launch()) {
            assertThat(version.awaitExit(SOON)).isZero();
            assertThat(version.lines()).singleElement().asString().matches("lastcall-agent \\d+\\.\\d+\\.\\d+.*");
        }
    }

    private static List<String> refusal(AgentProcess.Builder builder)
            throws IOException, InterruptedException, TimeoutException {
        try (AgentProcess agent = builder.launch()) {
            assertThat(agent.awaitExit(SOON)).isEqualTo(78);
            return agent.lines();
        }
    }
}
