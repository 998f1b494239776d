package dev.lastcall.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobReaderTest {

    private final JobReader reader = new JobReader(new Json());

    @Test
    void a_request_with_a_prompt_is_a_completion_and_any_other_a_chat() {
        assertThat(job("{\"request\":{\"prompt\":\"p\"}}").endpoint()).isEqualTo("/v1/completions");
        assertThat(job("{\"request\":{\"messages\":[]}}").endpoint()).isEqualTo("/v1/chat/completions");
        assertThat(job("{\"endpoint\":\"/v1/embeddings\",\"request\":{}}").endpoint())
                .isEqualTo("/v1/embeddings");
    }

    @Test
    void a_line_of_openais_batch_format_is_the_same_job() {
        Job job = job(
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/completions\",\"body\":{\"prompt\":\"p\"}}");
        assertThat(job)
                .isEqualTo(job("{\"id\":\"a\",\"endpoint\":\"/v1/completions\",\"request\":{\"prompt\":\"p\"}}"));
    }

    @Test
    void a_deadline_is_a_moment_in_any_zone() {
        assertThat(job("{\"request\":{},\"deadline\":\"2026-11-29T13:00:00+01:00\"}")
                        .deadline())
                .isEqualTo(Instant.parse("2026-11-29T12:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
        hello                                      | not JSON: Unrecognized token 'hello'
        [1]                                        | a job is a JSON object with "request", not a JSON array
        {}                                         | "request" (or "body") is missing
        {"request":"p"}                            | "request" (or "body") is a JSON object, not a JSON string
        {"id":7,"request":{}}                      | "id" is a string of 1 to 512 bytes of UTF-8, not 7
        {"request":{},"deadline":"tomorrow"}       | "deadline" is a time like 2026-11-29T12:00:00Z, not "tomorrow"
        {"request":{},"deadline":1795954288}       | "deadline" is a time like 2026-11-29T12:00:00Z, not 1795954288
        {"request":{},"endpoint":"http://x/v1/a"}  | "endpoint" is a path like /v1/completions, not "http://x/v1/a"
        {"request":{},"endpoint":"/v1/../metrics"} | "endpoint" is a path like /v1/completions, not "/v1/../metrics"
        {"request":{},"method":"GET"}              | "method" can only be POST, not "GET"
        """)
    void what_is_no_job_says_why(String text, String reason) {
        assertThat(reader.read("a", text))
                .isInstanceOfSatisfying(
                        Malformed.class,
                        malformed -> assertThat(malformed.reason()).startsWith(reason));
    }

    private Job job(String text) {
        return (Job) reader.read("a", text);
    }
}
