package dev.lastcall.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

/** One thing that is unfit makes the agent unready and says so; nothing to judge is no reason to be unready. */
class AgentReadinessTest {

    @Test
    void without_anything_to_judge_it_is_ready() {
        assertThat(AgentReadiness.judge(List.of()).getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
    }

    @Test
    void one_unfit_input_makes_it_unready_and_gives_the_reason() {
        HealthCheckResponse response = AgentReadiness.judge(List.of(
                input("own-node", Readiness.READY), input("notice-source-aws", Readiness.notReady("blind for 45 s"))));
        assertThat(response.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(response.getData()).contains(Map.of("own-node", "ready", "notice-source-aws", "blind for 45 s"));
    }

    @Test
    void an_unfit_input_before_a_fit_one_still_counts() {
        HealthCheckResponse response =
                AgentReadiness.judge(List.of(input("a", Readiness.notReady("gone")), input("b", Readiness.READY)));
        assertThat(response.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
    }

    private static ReadinessInput input(String name, Readiness readiness) {
        return new ReadinessInput() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Readiness readiness() {
                return readiness;
            }
        };
    }
}
