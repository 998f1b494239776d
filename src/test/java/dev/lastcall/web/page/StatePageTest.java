package dev.lastcall.web.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the state document to the page, without an agent. */
class StatePageTest {

    @ParameterizedTest
    @EnumSource(Situation.class)
    void the_page_of_a_situation_is_that_of_its_golden_file(Situation situation) throws IOException {
        Path golden = Path.of("src/test/resources/golden/page-" + situation.label() + ".html");
        String now = situation.html(true);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, now);
        }
        if (!now.equals(Files.readString(golden))) {
            fail("the page differs from " + golden + "; rewrite it with -Dgolden.update=true and read the difference");
        }
    }

    @ParameterizedTest
    @EnumSource(Situation.class)
    void a_page_has_nothing_inline_that_the_policy_would_refuse(Situation situation) {
        assertThat(situation.html(true))
                .doesNotContainPattern("<style|style=|\\son[a-z]+=\"|javascript:")
                .doesNotContainPattern("<script(?! src=\"page\\.js\" defer></script>)");
    }

    @Test
    void text_from_outside_is_escaped_everywhere() {
        assertThat(Situation.AFTER.html(true))
                .contains("llm/&lt;script&gt;alert(&quot;pod&quot;)&lt;/script&gt;")
                .contains("&lt;img src=x onerror=alert(1)&gt;")
                .doesNotContain("<script>", "<img");
    }

    @Test
    void every_text_of_the_document_that_the_page_shows_is_escaped() {
        // Each string becomes markup, so that no place in the template can be forgotten.
        for (Situation situation : Situation.values()) {
            String text =
                    situation.state().toString().replaceAll("\"([a-z][^\"\\\\{}]*)\"(?=[,}\\]])", "\"<b>$1</b>\"");
            assertThat(Situation.render(StatePage.of(parse(text), true)))
                    .contains("&lt;b&gt;")
                    .doesNotContain("<b><b>", "<small><b>")
                    .doesNotContainPattern("<b>(llm|batch|aws|spot|sglang)");
        }
    }

    @Test
    void a_snapshot_has_no_script_and_no_time_that_would_be_wrong_tomorrow() {
        for (Situation situation : Situation.values()) {
            assertThat(situation.html(false))
                    .doesNotContain("<script", "http-equiv", "data-live")
                    .doesNotContain("\u00a0ago", "(in\u00a0", " s left")
                    .contains("snapshot made at <time datetime=\"2026-11-29T03:0");
        }
    }

    @Test
    void without_a_notice_the_page_says_so_in_words() {
        StatePage page = Situation.QUIET.page(true);
        assertThat(page.headline().title()).isEqualTo("No interruption notice");
        assertThat(page.headline().tone()).isEqualTo("calm");
        assertThat(Situation.render(page))
                .contains(
                        "No drain is under way. The agent evicts no pod.",
                        "No notice is active.",
                        "No drain since the agent started",
                        "No findings.");
    }

    @Test
    void a_hint_is_no_drain_and_a_source_that_fails_is_named() {
        StatePage page = Situation.HINT.page(true);
        assertThat(page.headline().title()).isEqualTo("The node is at risk");
        assertThat(page.headline().left()).isNull();
        assertThat(page.sources().getLast().state()).isEqualTo("fails (timeout)");
        assertThat(page.findings().getFirst().findings().getFirst())
                .isEqualTo("A notice of 30s is 14.5 s too short for the requests of this workload.");
    }

    @Test
    void a_drain_counts_down_to_its_deadline_and_says_of_each_pod_what_will_happen_and_when() {
        StatePage page = Situation.MID_DRAIN.page(true);
        assertThat(page.headline().left()).isEqualTo(new Moment("2026-11-29T03:06:05Z", "87 s left"));
        assertThat(page.headline().steps())
                .extracting(Headline.Step::state)
                .containsExactly("past", "past", "past", "current", "ahead");
        assertThat(page.pods())
                .extracting(PodLine::pod)
                .startsWith("llm/chat-0", "llm/chat-1", "llm/embed-7c9f", "batch/etl-1");
        PodLine chat = page.pods().getFirst();
        assertThat(chat.plan()).isEqualTo("Take out of rotation, evict when idle");
        assertThat(chat.evictBy()).isEqualTo(new Moment("2026-11-29T03:06:02Z", "03:06:02 UTC (in\u00a084\u00a0s)"));
        assertThat(chat.history())
                .extracting(Spark::label)
                .isEqualTo("requests in flight over 33 s: first 19, most 19, last 7");
        assertThat(page.pods().get(3).evict()).isEqualTo("at once");
        PodLine critical = line(page, "kube-system/coredns-x2");
        assertThat(critical.force()).isEqualTo("never");
        assertThat(line(page, "batch/etl-2").plan()).as("it is gone").isEqualTo("–");
    }

    @Test
    void a_drain_that_is_over_keeps_its_pods_and_stands_among_the_last_ones() {
        StatePage page = Situation.AFTER.page(true);
        assertThat(page.headline().title()).isEqualTo("The node is drained");
        assertThat(page.over()).isTrue();
        assertThat(page.reports()).extracting(DrainLine::outcome).containsExactly("done", "done (dry run)", "failed");
        assertThat(page.reports()).extracting(DrainLine::lost).containsExactly("0", "would be 1", "3");
        assertThat(page.reports().get(1).finished()).isEqualTo("would be 15");
        assertThat(page.reports().get(1).unknown()).isEqualTo("2 (1 pods not read)");
        assertThat(page.reports()).extracting(DrainLine::tone).containsExactly("calm", "bad", "bad");
        assertThat(page.findings().getLast().findings())
                .containsExactly("\"drainBudgets\" can't be shown: the API server does not answer");
    }

    @Test
    void a_drain_of_last_week_is_not_the_headline() {
        ObjectNode state = (ObjectNode) Situation.AFTER.state();
        state.putArray("notices");
        Headline headline = StatePage.of(state, true).headline();
        assertThat(headline.title()).isEqualTo("No interruption notice");
        assertThat(headline.detail()).endsWith("The last drain ended: done.");
    }

    @Test
    void slices_add_up_to_the_gpu_and_what_is_unknown_is_called_unknown() {
        List<GpuCard> gpus = Situation.HINT.page(true).gpus();
        GpuCard mig = gpus.getFirst();
        assertThat(mig.segments().stream().mapToInt(GpuCard.Segment::span).sum())
                .isEqualTo(mig.slices());
        assertThat(mig.segments()).extracting(GpuCard.Segment::tone).containsExactly("held", "held", "idle", "free");
        assertThat(mig.fits()).isEqualTo("Still fits: 0 × 1g.10gb (1 if rearranged).");
        assertThat(gpus.get(2).slices()).isZero();
        assertThat(gpus.get(2).note())
                .isEqualTo(
                        "Unknown: the position of instances and who holds them (the driver does not show placements to"
                                + " this agent).");
        assertThat(gpus.get(3).note()).startsWith("The last scan could not read this GPU: lost.");
    }

    @Test
    void a_gpu_with_memory_in_use_is_never_called_free() {
        List<GpuCard> gpus = Situation.QUIET.page(true).gpus();
        assertThat(gpus.get(2).segments())
                .containsExactly(new GpuCard.Segment(
                        1, "unknown", "whole GPU", "whole GPU", "no pod holds it, 58.0 GiB in use"));
        assertThat(gpus.get(3).segments().getFirst().tone()).isEqualTo("free");
        ObjectNode state = (ObjectNode) Situation.QUIET.state();
        ((ObjectNode) state.path("gpus").path(3).path("slices").path(0)).putNull("holders");
        ((ObjectNode) state.path("gpus").path(2)).putNull("memoryUsedBytes");
        assertThat(StatePage.of(state, true).gpus().subList(2, 4))
                .extracting(gpu -> gpu.segments().getFirst().tone())
                .containsExactly("unknown", "unknown");
    }

    @Test
    void a_document_without_anything_is_a_page_all_the_same() {
        assertThat(Situation.render(StatePage.of(parse("{}"), true)))
                .contains("The agent sees no GPU on this node.", "The agent polls no notice source.");
    }

    private static PodLine line(StatePage page, String pod) {
        return page.pods().stream()
                .filter(each -> each.pod().equals(pod))
                .findFirst()
                .orElseThrow();
    }

    private static com.fasterxml.jackson.databind.JsonNode parse(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
