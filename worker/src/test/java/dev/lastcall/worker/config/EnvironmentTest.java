package dev.lastcall.worker.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.config.Environment.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentTest {

    @Test
    void only_the_address_of_redis_has_to_be_given() {
        WorkerConfig config = usable(Map.of("REDIS_URL", "redis:6379"));
        assertThat(config.redis()).hasToString("[redis://redis:6379]");
        assertThat(config.cluster()).isFalse();
        assertThat(config.queue()).isEqualTo("inference-jobs");
        assertThat(config.engine()).hasToString("http://localhost:8000");
        assertThat(config.concurrency()).isEqualTo(4);
        assertThat(config.lease()).hasSeconds(60);
        assertThat(config.drain()).hasSeconds(10);
        assertThat(config.maxAttempts()).isEqualTo(5);
        assertThat(config.checkpointTokens()).isEqualTo(64);
        assertThat(config.idle()).hasSeconds(30);
        assertThat(config.priority()).isNull();
        assertThat(config.httpPort()).isEqualTo(9411);
    }

    @Test
    void without_an_address_of_redis_there_is_one_line_that_says_so() {
        assertThat(problems(Map.of()))
                .containsExactly("REDIS_URL is not set; expected redis://host:port, e.g. redis://redis:6379");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        CONCURRENCY       | 0        | a whole number from 1 to 1024
        CONCURRENCY       | four     | a whole number from 1 to 1024
        LEASE_SECONDS     | 0        | a whole number from 1 to 86400
        DRAIN_SECONDS     | -1       | a whole number from 0 to 3600
        MAX_ATTEMPTS      | 0        | a whole number from 1 to 1000
        CHECKPOINT_TOKENS | -5       | a whole number from 0 to 1000000
        IDLE_SECONDS      | 1.5      | a whole number from 0 to 86400
        PRIORITY          | high     | a whole number from -1000000 to 1000000
        HTTP_PORT         | 70000    | a whole number from 0 to 65535
        ENGINE_URL        | vllm:8000 | http://host:port or https://host:port
        REDIS_CLUSTER     | yes      | true or false
        QUEUE_NAME        | {a}      | a name without braces; in a cluster they are added
        """)
    void a_bad_value_is_one_line_with_name_value_and_what_would_do(String name, String value, String expected) {
        assertThat(problems(Map.of("REDIS_URL", "redis://r", name, value)))
                .containsExactly(name + "=" + value + ": expected " + expected);
    }

    @Test
    void an_address_that_can_not_be_read_is_not_repeated_since_it_may_hold_a_password() {
        assertThat(problems(Map.of("REDIS_URL", "http://:secret@redis")))
                .singleElement()
                .asString()
                .doesNotContain("secret");
    }

    @Test
    void several_addresses_are_a_cluster() {
        WorkerConfig config = usable(Map.of("REDIS_URL", "redis://a:1, redis://b"));
        assertThat(config.cluster()).isTrue();
        assertThat(config.redis()).hasToString("[redis://a:1, redis://b:6379]");
    }

    @Test
    void an_engine_address_with_v1_means_the_same_as_without() {
        assertThat(usable(Map.of("REDIS_URL", "r", "ENGINE_URL", "http://chat/v1/"))
                        .engine())
                .hasToString("http://chat");
    }

    @Test
    void a_secret_comes_from_a_file_and_never_shows(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "sesame\n");
        WorkerConfig config = usable(Map.of("REDIS_URL", "r", "REDIS_PASSWORD_FILE", file.toString()));
        assertThat(config.redisPassword()).isEqualTo("sesame");
        assertThat(config.toString()).doesNotContain("sesame");
        assertThat(problems(Map.of("REDIS_URL", "r", "REDIS_PASSWORD", "x", "REDIS_PASSWORD_FILE", file.toString())))
                .containsExactly("REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set; expected one of them");
        assertThat(problems(Map.of(
                        "REDIS_URL",
                        "r",
                        "ENGINE_API_KEY_FILE",
                        folder.resolve("none").toString())))
                .containsExactly(
                        "ENGINE_API_KEY_FILE=" + folder.resolve("none") + ": expected a file that can be read");
    }

    private static WorkerConfig usable(Map<String, String> environment) {
        return ((Reading.Usable) Environment.read(new HashMap<>(environment)::get)).config();
    }

    private static List<String> problems(Map<String, String> environment) {
        return ((Reading.Refused) Environment.read(new HashMap<>(environment)::get)).problems();
    }
}
