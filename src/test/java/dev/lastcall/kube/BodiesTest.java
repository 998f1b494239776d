package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.Taint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BodiesTest {

    private static final PodRef POD = new PodRef("ns", "a", "u-1");

    @Test
    void a_node_patch_holds_only_what_it_changes() {
        assertThat(Bodies.of(new NodePatch("7", null, null, Map.of(), Map.of())))
                .isEqualTo("{\"metadata\":{\"resourceVersion\":\"7\"}}");
        assertJson(
                Bodies.of(new NodePatch(
                        "7",
                        true,
                        List.of(new Taint("k", "spot", "NoSchedule"), new Taint("e", "", "NoExecute")),
                        Map.of("l", Optional.of("v")),
                        Map.of("gone", Optional.empty()))),
                """
                {"metadata":{"resourceVersion":"7","labels":{"l":"v"},"annotations":{"gone":null}},
                 "spec":{"unschedulable":true,
                   "taints":[{"key":"k","effect":"NoSchedule","value":"spot"},{"key":"e","effect":"NoExecute"}]}}""");
    }

    @Test
    void a_taint_that_was_read_goes_back_as_it_came() {
        String foreign = "{\"key\":\"a\",\"timeAdded\":\"2026-11-29T10:00:00Z\",\"effect\":\"NoExecute\",\"x\":[1]}";
        assertThat(Bodies.of(new NodePatch(
                        "7",
                        null,
                        List.of(new Taint("a", "", "NoExecute", foreign), new Taint("k", "spot", "NoSchedule")),
                        Map.of(),
                        Map.of())))
                .contains("[" + foreign + ",{\"key\":\"k\",\"effect\":\"NoSchedule\",\"value\":\"spot\"}]");
    }

    @Test
    void no_taint_left_is_an_empty_list_and_not_silence() {
        assertJson(
                Bodies.of(new NodePatch("7", false, List.of(), Map.of(), Map.of())),
                "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"unschedulable\":false,\"taints\":[]}}");
    }

    @Test
    void an_eviction_names_the_uid_and_the_grace() {
        assertJson(Bodies.eviction(POD, Duration.ofSeconds(12)), """
                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"a","namespace":"ns"},
                 "deleteOptions":{"gracePeriodSeconds":12,"preconditions":{"uid":"u-1"}}}""");
    }

    @Test
    void a_grace_is_never_zero_which_would_remove_a_pod_that_still_runs() {
        assertThat(Bodies.deletion(POD, Duration.ofMillis(300))).contains("\"gracePeriodSeconds\":1");
        assertThat(Bodies.eviction(POD, Duration.ofSeconds(-4))).contains("\"gracePeriodSeconds\":1");
    }

    @Test
    void words_in_a_value_cannot_change_the_bodys_shape() throws JsonProcessingException {
        String body = Bodies.marks(POD, Map.of(), Map.of("k", Optional.of("\"},\"spec\":{}")));
        assertThat(new ObjectMapper().readTree(body).has("spec")).isFalse();
    }

    private static void assertJson(String actual, String expected) {
        ObjectMapper json = new ObjectMapper();
        try {
            assertThat(json.readTree(actual)).isEqualTo(json.readTree(expected));
        } catch (JsonProcessingException e) {
            throw new AssertionError(actual, e);
        }
    }
}
