package dev.lastcall.kube;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.PodRef;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** What the adapters' tests need of the shared control plane: a Node of their own, pods on it, a client as the agent's. */
final class RealApi implements AutoCloseable {

    final ControlPlane plane = ControlPlane.shared();
    final KubernetesClient admin = plane.client();
    final NodeName node;
    final String namespace;
    /** The version in the user agent: how the audit log tells this test's requests from all others. */
    final String version = UUID.randomUUID().toString().substring(0, 8);

    final KubernetesClient client;

    RealApi(String prefix) {
        node = new NodeName(prefix + "-" + version);
        namespace = plane.newNamespace(prefix);
        admin.nodes()
                .resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(node.value())
                        .endMetadata()
                        .build())
                .create();
        client = agentClient(plane.kubeconfigFor(ControlPlane.AGENT));
    }

    KubernetesClient agentClient(Path kubeconfig) {
        try {
            Config config = Config.fromKubeconfig(Files.readString(kubeconfig));
            new ClientPolicy(version).customize(config);
            return new KubernetesClientBuilder().withConfig(config).build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pod bound to the Node, running and ready as far as the API knows. */
    Pod runningPod(String name, Map<String, String> labels) {
        Pod pod = admin.pods()
                .inNamespace(namespace)
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withLabels(labels)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(node.value())
                        .withTerminationGracePeriodSeconds(60L)
                        .addNewContainer()
                        .withName("main")
                        .withImage("idle")
                        .addNewPort()
                        .withContainerPort(8000)
                        .endPort()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        return admin.pods()
                .inNamespace(namespace)
                .withName(name)
                .editStatus(current -> new PodBuilder(current)
                        .editOrNewStatus()
                        .withPhase("Running")
                        .withPodIP("127.0.0.1")
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .addNewCondition()
                        .withType("ContainersReady")
                        .withStatus("True")
                        .endCondition()
                        .endStatus()
                        .build());
    }

    Pod pod(String name) {
        return admin.pods().inNamespace(namespace).withName(name).get();
    }

    static PodRef ref(Pod pod) {
        return new PodRef(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getName(),
                pod.getMetadata().getUid());
    }

    /** As if kubelet had removed it. */
    void remove(String name) {
        admin.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
    }

    @Override
    public void close() {
        client.close();
        admin.pods().inNamespace(namespace).withGracePeriod(0).delete();
        admin.nodes().withName(node.value()).delete();
    }
}
