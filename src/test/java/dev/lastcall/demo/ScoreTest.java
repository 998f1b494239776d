package dev.lastcall.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.RequestRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The demo counts what its clients saw, and calls avoidable only what the promise covers. */
class ScoreTest {

    private static final Instant NOTICE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant PROMISE = NOTICE.plusSeconds(27);
    private static final Outcome FINISHED = new Outcome.Finished("length", 60);
    private static final Outcome SILENT = new Outcome.Cut(Outcome.How.SILENCE);

    @Test
    void only_requests_on_the_doomed_pods_that_ended_after_the_notice_count() {
        Score score = score(
                request("a", -5, 6, 1, FINISHED),
                request("a", -9, 6, -3, FINISHED),
                request("a", 1, 6, 7, FINISHED),
                request("elsewhere", -5, 6, 1, SILENT),
                request(null, 2, 6, 2, new Outcome.Rejected("HTTP 503")));

        assertThat(score.atNotice()).isEqualTo(1);
        assertThat(score.admittedAfter()).isEqualTo(1);
        assertThat(score.finished()).isEqualTo(2);
        assertThat(score.lost()).isZero();
        assertThat(score.rejected()).isEqualTo(1);
        assertThat(score.pods()).isEqualTo(Map.of("a", new Score.OnPod(2, 0), "b", new Score.OnPod(0, 0)));
    }

    @Test
    void a_lost_request_was_avoidable_only_if_it_would_have_ended_by_the_promise() {
        Score score = score(request("a", -5, 32, 28, SILENT), request("b", -5, 33, 28, SILENT));

        assertThat(score.lost()).isEqualTo(2);
        assertThat(score.avoidable()).isEqualTo(1);
        assertThat(score.lastEnd()).isEqualTo(NOTICE.plusSeconds(28));
    }

    @Test
    void the_verdict_tells_a_broken_promise_from_a_short_notice_and_from_a_clean_drain() throws Exception {
        var counted = new ObjectMapper().readTree("{\"requests\": {\"lost\": 1, \"unknown\": 0}}");
        ScoreTables tables = new ScoreTables(new Style(false, false, true));
        var report = new ObjectMapper().readTree("{\"unusedNoticeMs\": 16000}");

        assertThat(tables.verdict(score(request("a", -5, 10, 28, SILENT)), report))
                .contains("the promise is broken");
        assertThat(tables.verdict(score(request("a", -5, 60, 28, SILENT)), counted))
                .endsWith("1 needed more time than the notice left, and are counted.");
        assertThat(tables.verdict(score(request("a", -5, 60, 28, SILENT)), report))
                .endsWith("the ledger misses 1 of them.");
        assertThat(tables.verdict(score(request("a", -5, 10, 5, FINISHED)), report))
                .isEqualTo("  Nothing was lost: all 1 requests finished, and 16.0 s of the notice were not needed.");
    }

    @Test
    void every_table_is_aligned_within_a_hundred_columns() throws Exception {
        ScoreTables tables = new ScoreTables(new Style(false, false, true));
        Score score = score(request("a", -5, 10, 5, FINISHED));
        var report = new ObjectMapper().readTree("{\"requests\": {\"atNotice\": 1, \"finished\": 1, \"lost\": 0}}");

        List<String> lines = tables.besideLedger(score, Duration.ofMillis(640), report);
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(lines.get(1)).endsWith("1                  1");
        assertThat(lines.get(2)).as("what the report does not say").endsWith("?");
        assertThat(tables.sideBySide(score, score, NOTICE).getLast()).contains("0 lost with Lastcall, 0 without");
    }

    @Test
    void the_rule_is_judged_by_who_was_turned_away_and_for_how_long_nobody_served() {
        Outcome rejected = new Outcome.Rejected("HTTP 503");
        LastcallRun.Result kept = new LastcallRun.Result(score(request("a", -5, 10, 5, FINISHED)), true, Duration.ZERO);
        LastcallRun.Result left = new LastcallRun.Result(
                score(
                        request("a", -5, 10, 5, FINISHED),
                        request(null, 2, 6, 2, rejected),
                        request(null, 3, 6, 3, rejected)),
                true,
                Duration.ofMillis(7_420));

        List<String> lines = new ScoreTables(new Style(false, false, true)).rule(kept, left);
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(lines).anyMatch(line -> line.matches("  rejected by every pod +0 +2"));
        assertThat(lines).anyMatch(line -> line.matches("  nobody in rotation for +0\\.0 s +7\\.4 s"));
        assertThat(lines.getLast()).endsWith("0 turned away with the rule, 2 without.");
    }

    private static Score score(RequestRecord... records) {
        return Score.of(List.of(records), List.of("a", "b"), NOTICE, PROMISE);
    }

    /** Times in seconds from the notice. */
    private static RequestRecord request(@Nullable String pod, long start, long asked, long end, Outcome outcome) {
        return new RequestRecord(
                1,
                true,
                Duration.ofSeconds(asked),
                NOTICE.plusSeconds(start),
                null,
                NOTICE.plusSeconds(end),
                pod,
                0,
                outcome);
    }
}
