package dev.lastcall.serving.findings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodView.Toleration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each finding speaks for one fact that is wrong, and is silent without it. */
class RulesTest {
    private final Given given = new Given();

    @Test
    void a_pod_that_survives_every_notice_has_no_finding() {
        assertThat(given.findings()).isEmpty();
    }

    @Test
    void names_are_those_of_the_contract_and_stand_once() {
        assertThat(Rules.names())
                .containsExactly(
                        "request_longer_than_notice",
                        "engine_aborts",
                        "grace_too_short",
                        "prestop_eats_notice",
                        "no_rotation",
                        "budget_blocks",
                        "single_replica",
                        "gate_slow",
                        "tolerates_everything",
                        "service_links");
    }

    @Test
    void a_pod_that_does_not_serve_is_judged_by_its_budget_and_its_tolerations_only() {
        given.labels.clear();
        given.image = "postgres:17";
        given.words = List.of();
        given.grace = Duration.ofSeconds(1);
        given.preStop = Duration.ofSeconds(100);
        given.replicas = 1;
        given.serviceLinks = true;
        given.linked = Set.of("vllm");
        given.routers = List.of(Given.BLIND);
        given.budgets = List.of(new Budget("db", null, "1", false));
        assertThat(given.findings()).isEmpty();
        given.budgets = List.of(new Budget("db", "1", null, false));
        given.tolerations = List.of(new Toleration("", "Exists", "", ""));
        assertThat(given.findings()).containsExactly("budget_blocks", "tolerates_everything");
    }

    @Test
    void a_long_request_speaks_for_the_windows_it_does_not_fit_into() {
        given.words = List.of("vllm", "serve", "m", "--shutdown-timeout", "60");
        given.grace = Duration.ofSeconds(70);
        given.p99 = Duration.ofSeconds(25);
        // 3 + 2 + 25 = 30: it fits exactly.
        assertThat(given.findings()).isEmpty();
        given.p99 = Duration.ofMillis(25_001);
        assertThat(given.findings()).containsExactly("request_longer_than_notice@30s");
        given.p99 = Duration.ofSeconds(200);
        // The engine itself cuts after 60 s, so it is done within 120 s: 3 + 2 + 60.
        assertThat(given.findings()).containsExactly("request_longer_than_notice@30s");
        assertThat(given.messages()).contains("more than 200 s").contains("too short for it by 35 s");
    }

    @Test
    void an_engine_that_aborts_speaks_only_where_nothing_stops_new_requests_before() {
        given.words = List.of("vllm", "serve", "m");
        assertThat(given.findings()).isEmpty();
        given.labels.remove("lastcall.dev/rotation");
        given.routers = List.of(Given.BLIND);
        assertThat(given.findings()).containsExactly("engine_aborts", "no_rotation");
        given.words = List.of("vllm", "serve", "m", "--shutdown-timeout=10");
        assertThat(given.findings()).containsExactly("no_rotation");
        given.image = "vllm/vllm-openai:v0.17.1";
        assertThat(given.findings()).containsExactly("engine_aborts", "no_rotation");
        given.annotations = Map.of("lastcall.dev/drain-seconds", "10");
        assertThat(given.findings()).containsExactly("no_rotation");
    }

    @Test
    void a_grace_period_is_too_short_below_the_sum() {
        given.grace = Duration.ofSeconds(20);
        assertThat(given.findings()).isEmpty();
        given.grace = Duration.ofSeconds(19);
        assertThat(given.findings()).containsExactly("grace_too_short");
        assertThat(given.messages()).contains("take 20 s -> terminationGracePeriodSeconds: 20");
    }

    @Test
    void a_prestop_hook_may_take_half_of_the_notice() {
        given.grace = Duration.ofSeconds(90);
        given.preStop = Duration.ofSeconds(15);
        assertThat(given.findings()).isEmpty();
        given.preStop = Duration.ofSeconds(16);
        assertThat(given.findings()).containsExactly("prestop_eats_notice@30s");
        given.preStop = Duration.ofSeconds(61);
        assertThat(given.findings()).containsExactly("prestop_eats_notice@30s", "prestop_eats_notice@120s");
    }

    @Test
    void a_way_out_of_rotation_needs_a_mark_and_somebody_who_follows_it() {
        given.routers = List.of(Given.BLIND);
        assertThat(given.findings()).containsExactly("no_rotation");
        assertThat(given.messages()).contains("Service chat does not follow this pod's rotation label");
        given.routers = List.of();
        assertThat(given.findings()).containsExactly("no_rotation");
        given.routers = List.of(Given.BLIND, new Router("InferencePool", "p", Given.FOLLOWS.selector(), false, null));
        assertThat(given.findings()).isEmpty();
        given.labels.remove("lastcall.dev/rotation");
        given.routers = List.of(Given.BLIND);
        given.gates = List.of("lastcall.dev/in-rotation");
        assertThat(given.findings()).isEmpty();
        given.routers = List.of(new Router("Service", "chat", Map.of("app", "chat"), true, null));
        assertThat(given.findings()).containsExactly("no_rotation");
        assertThat(given.messages()).contains("publishNotReadyAddresses");
    }

    @Test
    void a_job_without_a_service_has_no_rotation_to_leave() {
        given.kind = "Job";
        given.labels.remove("lastcall.dev/rotation");
        given.words = List.of("vllm", "serve", "m");
        given.routers = List.of();
        given.replicas = null;
        assertThat(given.findings()).isEmpty();
    }

    @Test
    void a_budget_blocks_by_its_numbers_by_unready_pods_or_by_being_the_second() {
        for (Budget blocking : List.of(
                new Budget("b", null, "0", true),
                new Budget("b", null, "0%", true),
                new Budget("b", "2", null, true),
                new Budget("b", "3", null, true),
                new Budget("b", "100%", null, true),
                // 60 % of 2 are rounded up to 2.
                new Budget("b", "60%", null, true),
                new Budget("b", null, "1", false))) {
            given.budgets = List.of(blocking);
            assertThat(given.findings()).as(blocking.toString()).containsExactly("budget_blocks");
        }
        for (Budget free : List.of(
                new Budget("b", "1", null, true),
                new Budget("b", "50%", null, true),
                new Budget("b", null, "1%", true),
                new Budget("b", null, null, true))) {
            given.budgets = List.of(free);
            assertThat(given.findings()).as(free.toString()).isEmpty();
        }
        given.budgets = List.of(Given.BUDGET, new Budget("b", null, "1", true));
        assertThat(given.findings()).containsExactly("budget_blocks");
    }

    @Test
    void unknown_replicas_speak_only_for_budgets_that_block_at_any_number() {
        given.replicas = null;
        given.budgets = List.of(new Budget("b", "5", null, true));
        assertThat(given.findings()).isEmpty();
        given.budgets = List.of(new Budget("b", null, "0", true));
        assertThat(given.findings()).containsExactly("budget_blocks");
    }

    @Test
    void the_only_replica_speaks_where_the_next_one_starts_too_late() {
        given.replicas = 1;
        assertThat(given.findings()).containsExactly("single_replica@30s", "single_replica@120s");
        given.startup = Duration.ofSeconds(60);
        assertThat(given.findings()).containsExactly("single_replica@30s");
        given.startup = Duration.ofSeconds(30);
        assertThat(given.findings()).isEmpty();
    }

    @Test
    void a_gate_is_slow_only_without_a_label_and_behind_a_slow_router() {
        Router slow = new Router("Service", "chat", Map.of("app", "chat"), false, "it takes its time");
        given.gates = List.of("lastcall.dev/in-rotation");
        given.routers = List.of(slow, Given.FOLLOWS);
        assertThat(given.findings()).isEmpty();
        given.labels.remove("lastcall.dev/rotation");
        given.routers = List.of(slow);
        assertThat(given.findings()).containsExactly("gate_slow");
        given.routers = List.of(Given.BLIND);
        assertThat(given.findings()).isEmpty();
    }

    @Test
    void tolerations_speak_when_they_cover_cordon_and_taint() {
        given.tolerations = List.of(new Toleration("", "Exists", "", "NoSchedule"));
        assertThat(given.findings()).containsExactly("tolerates_everything");
        given.tolerations = List.of(
                new Toleration("lastcall.dev/interruption", "Exists", "", ""),
                new Toleration("node.kubernetes.io/unschedulable", "", "", "NoSchedule"));
        assertThat(given.findings()).containsExactly("tolerates_everything");
        for (Toleration harmless : List.of(
                new Toleration("", "Exists", "", "NoExecute"),
                new Toleration("nvidia.com/gpu", "Exists", "", ""),
                new Toleration("node.kubernetes.io/unschedulable", "Exists", "", ""))) {
            given.tolerations = List.of(harmless);
            assertThat(given.findings()).as(harmless.toString()).isEmpty();
        }
        given.bound = true;
        assertThat(given.findings()).containsExactly("tolerates_everything");
        given.kind = "DaemonSet";
        assertThat(given.findings()).isEmpty();
    }

    @Test
    void service_links_speak_for_the_name_that_breaks_this_engine() {
        given.serviceLinks = true;
        assertThat(given.findings()).isEmpty();
        given.linked = Set.of("chat", "vllm");
        assertThat(given.findings()).containsExactly("service_links");
        given.env = Map.of("VLLM_PORT", "29500");
        assertThat(given.findings()).isEmpty();
        given.env = Map.of();
        given.labels.put("lastcall.dev/engine", "sglang");
        assertThat(given.findings()).isEmpty();
    }
}
