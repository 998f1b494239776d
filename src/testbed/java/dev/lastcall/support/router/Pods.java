package dev.lastcall.support.router;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.net.InetSocketAddress;
import java.util.Map;

/** Pods as an API server would show them, for tests without one. */
final class Pods {

    private Pods() {}

    /** Running, its containers ready, Ready, in rotation by its label. */
    static Pod serving(String name, InetSocketAddress address) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(Map.of("app", "llm", "lastcall.dev/rotation", "in"))
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("engine")
                .addNewPort()
                .withContainerPort(address.getPort())
                .endPort()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address.getAddress().getHostAddress())
                .addNewContainerStatus()
                .withName("engine")
                .withReady(true)
                .endContainerStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
    }

    static Pod notReady(Pod pod) {
        return pod.edit()
                .editStatus()
                .editFirstCondition()
                .withStatus("False")
                .endCondition()
                .endStatus()
                .build();
    }

    static Pod labelledOut(Pod pod) {
        return pod.edit()
                .editMetadata()
                .addToLabels("lastcall.dev/rotation", "out")
                .endMetadata()
                .build();
    }

    static Pod annotatedDraining(Pod pod) {
        return pod.edit()
                .editMetadata()
                .addToAnnotations("aibrix.ai/draining", "true")
                .endMetadata()
                .build();
    }

    static Pod terminating(Pod pod) {
        return pod.edit()
                .editMetadata()
                .withDeletionTimestamp("2026-11-25T12:00:00Z")
                .endMetadata()
                .build();
    }

    static Pod containersNotReady(Pod pod) {
        return pod.edit()
                .editStatus()
                .editFirstContainerStatus()
                .withReady(false)
                .endContainerStatus()
                .endStatus()
                .build();
    }
}
