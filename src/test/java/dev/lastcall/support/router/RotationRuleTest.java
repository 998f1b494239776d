package dev.lastcall.support.router;

import static dev.lastcall.support.router.RotationRule.ANNOTATION;
import static dev.lastcall.support.router.RotationRule.LABEL;
import static dev.lastcall.support.router.RotationRule.READY;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each rule must react to its own mark and to no other, or a test of one withdrawal passes because of another. */
class RotationRuleTest {

    private static final Pod POD = Pods.serving("a", new InetSocketAddress("127.0.0.1", 8000));

    @Test
    void ready_follows_the_pods_condition_and_no_other_mark() {
        assertThat(READY.admits(Pods.notReady(POD))).isFalse();
        assertThat(READY.admits(Pods.labelledOut(POD))).isTrue();
        assertThat(READY.admits(Pods.annotatedDraining(POD))).isTrue();
    }

    @Test
    void label_follows_the_label_and_not_the_readiness_gate() {
        assertThat(LABEL.admits(Pods.labelledOut(POD))).isFalse();
        assertThat(LABEL.admits(Pods.notReady(POD))).isTrue();
        assertThat(LABEL.admits(Pods.annotatedDraining(POD))).isTrue();
    }

    @Test
    void annotation_follows_the_annotation_and_not_the_readiness_gate() {
        assertThat(ANNOTATION.admits(Pods.annotatedDraining(POD))).isFalse();
        assertThat(ANNOTATION.admits(Pods.notReady(POD))).isTrue();
        assertThat(ANNOTATION.admits(Pods.labelledOut(POD))).isTrue();
    }

    @ParameterizedTest
    @EnumSource(RotationRule.class)
    void every_rule_drops_a_pod_that_is_deleted_or_whose_engine_is_not_ready_or_that_has_no_address(RotationRule rule) {
        assertThat(rule.admits(POD)).isTrue();
        assertThat(rule.admits(Pods.terminating(POD))).isFalse();
        assertThat(rule.admits(Pods.containersNotReady(POD))).isFalse();
        assertThat(rule.admits(new PodBuilder()
                        .withNewMetadata()
                        .withName("new")
                        .endMetadata()
                        .build()))
                .isFalse();
    }
}
