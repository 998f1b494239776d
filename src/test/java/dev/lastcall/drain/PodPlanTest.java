package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodPlan.Decision;
import dev.lastcall.support.drain.SamplePod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a person reads before the clock has run: it must be what the drain then does. */
class PodPlanTest {

    private static final Instant NOTICED = Instant.parse("2030-01-01T00:00:00Z");
    private static final Deadlines DEADLINES = new Deadlines(NOTICED.plusSeconds(120), NOTICED, Duration.ofSeconds(3));
    private static final PodView POD = SamplePod.named("llm").view();
    private static final Duration USE = Duration.ofSeconds(17);
    private static final Instant FORCE = NOTICED.plusSeconds(100);

    private static PodPlan.Terms terms(boolean mayForce, String... company) {
        return new PodPlan.Terms(DEADLINES, NOTICED, List.of(company).stream().findFirst(), mayForce);
    }

    private static PodPlan plan(PodVerdict verdict, PodPlan.Terms terms) {
        return PodPlan.of(POD, verdict, USE, terms);
    }

    @Test
    void a_serving_pod_is_held_until_its_force_point_at_the_longest() {
        assertThat(plan(new PodVerdict.Hold(""), terms(true)))
                .isEqualTo(new PodPlan(POD.ref(), Decision.HOLD, "", FORCE, FORCE));
    }

    @Test
    void without_force_a_refusal_is_overruled_at_no_time() {
        assertThat(plan(new PodVerdict.Hold(""), terms(false)))
                .isEqualTo(new PodPlan(POD.ref(), Decision.HOLD, "", FORCE, null));
    }

    @Test
    void an_ordinary_pod_goes_at_once_unless_another_drainer_is_at_work() {
        assertThat(plan(new PodVerdict.Evict(), terms(true)).evictBy()).isEqualTo(NOTICED);
        assertThat(plan(new PodVerdict.Evict(), terms(true, "Karpenter")))
                .isEqualTo(new PodPlan(
                        POD.ref(), Decision.LEAVE_TO_OTHERS, "Karpenter is at work on this node", FORCE, FORCE));
    }

    @Test
    void an_engine_that_has_never_served_goes_at_once_whoever_is_at_work() {
        assertThat(plan(new PodVerdict.Release(), terms(true, "Karpenter")).evictBy())
                .isEqualTo(NOTICED);
    }

    @Test
    void what_stays_has_no_times_and_says_why() {
        for (PodVerdict verdict :
                List.of(new PodVerdict.Skip("a DaemonSet", true), new PodVerdict.Keep("it would come back", true))) {
            PodPlan plan = plan(verdict, terms(true));
            assertThat(plan.evictBy()).isNull();
            assertThat(plan.forceAt()).isNull();
            assertThat(plan.sentence()).contains(plan.reason());
        }
    }

    @Test
    void a_force_point_is_never_in_the_first_half_of_the_notice() {
        assertThat(PodPlan.of(POD, new PodVerdict.Hold(""), Duration.ofSeconds(90), terms(true))
                        .evictBy())
                .isEqualTo(NOTICED.plusSeconds(60));
    }

    @Test
    void every_decision_has_a_sentence_that_names_the_pod() {
        for (Decision decision : Decision.values()) {
            PodPlan plan = new PodPlan(POD.ref(), decision, "why", FORCE, FORCE);
            assertThat(plan.sentence()).startsWith("would ").contains("default/llm", "why");
        }
    }
}
