package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.SamplePod;
import org.junit.jupiter.api.Test;

class WorkloadTest {

    private static final String HASH = "5d8f9c7b6";

    private static String name(SamplePod pod) {
        return Workload.of(pod.view()).name();
    }

    private static SamplePod deployed() {
        return SamplePod.named("llm-chat-" + HASH + "-x2k9p").controller("ReplicaSet", "llm-chat-" + HASH);
    }

    @Test
    void a_pod_belongs_to_its_deployment_not_to_one_of_its_replica_sets() {
        assertThat(name(deployed().label("pod-template-hash", HASH))).isEqualTo("llm-chat");
    }

    @Test
    void a_replica_set_without_a_deployment_speaks_for_itself() {
        assertThat(name(SamplePod.named("own-x2k9p").controller("ReplicaSet", "own-set")))
                .isEqualTo("own-set");
    }

    @Test
    void a_stateful_set_and_a_bare_pod_go_by_their_names() {
        assertThat(name(SamplePod.named("db-0").controller("StatefulSet", "db")))
                .isEqualTo("db");
        assertThat(name(SamplePod.named("alone").bare())).isEqualTo("alone");
    }

    /** An autoscaler counts by the workload: a doomed pod must not change its workload when its replacement is asked for. */
    @Test
    void a_detached_pod_still_belongs_to_its_deployment_before_and_after_its_owner_has_let_go() {
        SamplePod detached = deployed().annotation(PodMarks.WITHDRAWN, "label,detach");
        assertThat(name(detached)).isEqualTo("llm-chat");
        assertThat(name(detached.bare())).isEqualTo("llm-chat");
    }
}
