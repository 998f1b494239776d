package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.browser.Chromium;
import dev.lastcall.support.browser.Tab;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A person who has the page open while the cloud takes the node. */
class PageBrowserIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String LEFT = "parseInt(document.querySelector('#countdown .left')?.textContent ?? '-1')";
    private static final String STAGES =
            "[...document.querySelectorAll('#pods td[data-label=Now]')].map(each => each.textContent)";

    @Test
    void the_countdown_falls_pods_change_their_state_and_the_console_is_silent() throws Exception {
        assumeTrue(Chromium.program().isPresent(), Chromium.MISSING);
        try (Scenario node = new Scenario(ControlPlane.shared(), "page");
                Chromium browser = Chromium.start();
                Tab tab = browser.newTab();
                Tab plain = browser.newTab()) {
            node.workloads().serving("llm", 2, RotationRule.READY, 60, "vllm", "serve", "tiny");
            node.workloads().ordinary("batch", 1, Workloads.IDLE_IMAGE, 5);
            node.route(RotationRule.READY, Duration.ofMillis(300), "llm");
            node.startAgent();
            node.awaitRouted(2);
            node.load(LoadPlan.concurrency(4).lasting(Duration.ofSeconds(15), Duration.ofSeconds(20)));
            tab.open(node.agent().uri("/"));
            assertThat(tab.text("#headline h2")).isEqualTo("No interruption notice");
            assertThat(tab.text("#pods")).contains("No drain is under way.");

            node.interrupt(Duration.ofSeconds(90));
            await("the countdown appears by itself")
                    .atMost(PATIENCE)
                    .until(() -> tab.evaluate(LEFT).asInt() > 0);
            int first = tab.evaluate(LEFT).asInt();
            Set<String> seen = new LinkedHashSet<>();
            await("the countdown falls").atMost(PATIENCE).until(() -> {
                stages(tab, seen);
                return tab.evaluate(LEFT).asInt() < first;
            });
            plain.withoutJavaScript();
            plain.open(node.agent().uri("/"));
            String withoutScript = plain.text("main");
            assertThat(withoutScript).contains("llm", "batch", "aws-spot").doesNotContain("No interruption notice");

            await("every pod is gone").atMost(PATIENCE).until(() -> {
                stages(tab, seen);
                JsonNode now = tab.evaluate(STAGES);
                return now.size() >= 3
                        && all(now, "gone")
                        && tab.text("#drains").contains("done");
            });
            assertThat(seen).hasSizeGreaterThan(1).contains("gone");
            assertThat(tab.messages()).isEmpty();
            assertThat(plain.messages()).isEmpty();
        }
    }

    private static void stages(Tab tab, Set<String> seen) {
        tab.evaluate(STAGES).forEach(each -> seen.add(each.asText()));
    }

    private static boolean all(JsonNode stages, String wanted) {
        for (JsonNode stage : stages) {
            if (!stage.asText().equals(wanted)) {
                return false;
            }
        }
        return true;
    }
}
