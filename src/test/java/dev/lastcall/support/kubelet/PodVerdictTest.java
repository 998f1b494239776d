package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Phase and readiness as a kubelet works them out; a kubelet that is kinder would hide what the agent does wrong. */
class PodVerdictTest {

    private static final String GATE = "lastcall.dev/in-rotation";
    private static final ContainerState RUNNING = new ContainerState.Running(Instant.EPOCH);
    private static final ContainerState WAITING = new ContainerState.Waiting("ContainerCreating", "");

    @Test
    void every_gate_has_to_be_true() {
        Pod absent = gated(null);
        Pod withheld = gated("False");
        Pod given = gated("True");

        assertThat(ready(absent, container(RUNNING, true)).status()).isFalse();
        assertThat(ready(absent, container(RUNNING, true)).reason()).isEqualTo("ReadinessGatesNotReady");
        assertThat(ready(withheld, container(RUNNING, true)).message()).contains("is not \"True\", but False");
        assertThat(ready(given, container(RUNNING, true)).status()).isTrue();
    }

    @Test
    void a_gate_does_not_make_up_for_a_container_that_is_not_ready() {
        PodVerdict.Condition ready = ready(gated("True"), container(RUNNING, false));

        assertThat(ready.status()).isFalse();
        assertThat(ready.reason()).isEqualTo("ContainersNotReady");
    }

    @Test
    void a_pod_that_is_being_deleted_is_not_ready() {
        Pod deleted = new PodBuilder(pod("Always"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .build();

        assertThat(ready(deleted, container(RUNNING, true)).status()).isFalse();
    }

    @Test
    void the_phase_follows_the_containers_and_the_restart_policy() {
        assertThat(phase("Always", false, container(WAITING, false))).isEqualTo("Pending");
        assertThat(phase("Always", false, container(RUNNING, true), container(WAITING, false)))
                .isEqualTo("Pending");
        assertThat(phase("Always", false, container(RUNNING, true))).isEqualTo("Running");
        assertThat(phase("Always", false, container(ended(1), false))).isEqualTo("Running");
        assertThat(phase("OnFailure", false, container(ended(1), false))).isEqualTo("Running");
        assertThat(phase("OnFailure", false, container(ended(0), false))).isEqualTo("Succeeded");
        assertThat(phase("Never", false, container(ended(1), false))).isEqualTo("Failed");
        assertThat(phase("Always", true, container(ended(0), false))).isEqualTo("Succeeded");
        assertThat(phase("Always", true, container(ended(137), false))).isEqualTo("Failed");
    }

    private static PodVerdict.Condition ready(Pod pod, ContainerReport... containers) {
        return Objects.requireNonNull(
                PodVerdict.of(pod, List.of(containers), false).conditions().get("Ready"));
    }

    private static String phase(String restartPolicy, boolean terminated, ContainerReport... containers) {
        return PodVerdict.of(pod(restartPolicy), List.of(containers), terminated)
                .phase();
    }

    private static ContainerState ended(int exitCode) {
        return new ContainerState.Ended(exitCode, Instant.EPOCH, Instant.EPOCH);
    }

    private static ContainerReport container(ContainerState state, boolean ready) {
        return new ContainerReport("main", "image", "id", state, ready, ready, 0);
    }

    private static Pod pod(String restartPolicy) {
        return new PodBuilder()
                .withNewMetadata()
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy(restartPolicy)
                .endSpec()
                .withNewStatus()
                .endStatus()
                .build();
    }

    private static Pod gated(@Nullable String value) {
        PodBuilder pod = new PodBuilder(pod("Always"))
                .editSpec()
                .addNewReadinessGate(GATE)
                .endSpec();
        return value == null
                ? pod.build()
                : pod.editStatus()
                        .addNewCondition()
                        .withType(GATE)
                        .withStatus(value)
                        .endCondition()
                        .endStatus()
                        .build();
    }
}
