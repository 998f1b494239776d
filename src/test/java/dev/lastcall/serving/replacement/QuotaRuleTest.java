package dev.lastcall.serving.replacement;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuotaRuleTest {

    private static final String GPUS = "requests.nvidia.com/gpu";
    private static final PodDemand TWO_GPUS = new PodDemand(
            Map.of("pods", BigDecimal.ONE, GPUS, BigDecimal.TWO, "requests.cpu", new BigDecimal("0.5")),
            false,
            false,
            "serving");

    private static Quota quota(String resource, String hard, String used, Quota.Scope... scopes) {
        return new Quota(
                "chat/gpus",
                Map.of(resource, new BigDecimal(hard)),
                Map.of(resource, new BigDecimal(used)),
                List.of(scopes));
    }

    private static boolean refused(Quota... quotas) {
        return QuotaRule.refusal(TWO_GPUS, List.of(quotas)).isPresent();
    }

    @Test
    void a_replacement_is_refused_where_the_old_pod_leaves_it_no_room() {
        assertThat(QuotaRule.refusal(TWO_GPUS, List.of(quota("pods", "100", "3"), quota(GPUS, "8", "7"))))
                .contains("ResourceQuota chat/gpus has 7 of 8 " + GPUS + " in use, and 2 more would be needed");
        assertThat(refused(quota("pods", "3", "3"))).isTrue();
    }

    @Test
    void a_replacement_that_just_fits_is_not_refused() {
        assertThat(refused(quota(GPUS, "8", "6"), quota("pods", "4", "3"))).isFalse();
        assertThat(refused(quota("requests.cpu", "2", "1.5"))).isFalse();
    }

    /** A namespace may be over a quota that was lowered later; who adds nothing to it is admitted all the same. */
    @Test
    void a_limit_on_what_the_pod_does_not_ask_for_refuses_nothing() {
        assertThat(refused(quota("requests.amd.com/gpu", "0", "4"))).isFalse();
        assertThat(refused(quota("count/services", "1", "1"))).isFalse();
    }

    @Test
    void a_quota_that_does_not_count_this_pod_refuses_nothing() {
        assertThat(refused(quota("pods", "1", "1", new Quota.Scope("BestEffort", "Exists", List.of()))))
                .isFalse();
        assertThat(refused(quota("pods", "1", "1", new Quota.Scope("Terminating", "Exists", List.of()))))
                .isFalse();
        assertThat(refused(quota("pods", "1", "1", new Quota.Scope("PriorityClass", "In", List.of("batch")))))
                .isFalse();
        assertThat(refused(quota("pods", "1", "1", new Quota.Scope("PriorityClass", "DoesNotExist", List.of()))))
                .isFalse();
    }

    @Test
    void a_quota_all_of_whose_scopes_count_this_pod_refuses_it() {
        assertThat(refused(quota(
                        "pods",
                        "1",
                        "1",
                        new Quota.Scope("NotBestEffort", "Exists", List.of()),
                        new Quota.Scope("NotTerminating", "Exists", List.of()),
                        new Quota.Scope("PriorityClass", "In", List.of("batch", "serving")),
                        new Quota.Scope("PriorityClass", "NotIn", List.of("batch")),
                        new Quota.Scope("PriorityClass", "Exists", List.of()))))
                .isTrue();
    }
}
