package dev.lastcall.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.job.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineWordsTest {

    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
        {"error":{"message":"too long"}}    | too long
        {"object":"error","message":"no"}   | no
        {"error":"no route"}                | no route
        {"detail":"Not Found"}              | Not Found
        {"detail":[{"loc":["body","n"]}]}   | [{"loc":["body","n"]}]
        <h1>Bad  Gateway</h1>               | <h1>Bad Gateway</h1>
        """)
    void an_engines_words_are_found_in_whatever_form_it_has(String body, String words) {
        assertThat(EngineWords.of(new Json(), body)).isEqualTo(words);
    }

    @Test
    void a_long_page_is_cut() {
        assertThat(EngineWords.of(new Json(), "x".repeat(10_000))).hasSize(501);
    }

    @Test
    void a_wait_is_seconds_or_a_date_and_nothing_else() {
        assertThat(EngineWords.retryAfter("7", NOW)).hasSeconds(7);
        assertThat(EngineWords.retryAfter("Sun, 29 Nov 2026 12:00:30 GMT", NOW)).hasSeconds(30);
        assertThat(EngineWords.retryAfter("Sun, 29 Nov 2026 11:00:00 GMT", NOW)).isEqualTo(Duration.ZERO);
        assertThat(EngineWords.retryAfter("99999999999999999999", NOW)).isNull();
        assertThat(EngineWords.retryAfter("100000", NOW)).isEqualTo(Duration.ofHours(1));
        assertThat(EngineWords.retryAfter("soon", NOW)).isNull();
        assertThat(EngineWords.retryAfter("", NOW)).isNull();
        assertThat(EngineWords.retryAfter(null, NOW)).isNull();
    }
}
