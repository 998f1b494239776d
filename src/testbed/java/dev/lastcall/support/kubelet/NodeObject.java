package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The Node object and the lease that keeps the node-lifecycle controller from tainting it. */
final class NodeObject {

    private static final String LEASES = "kube-node-lease";
    /** A kubelet's own values: a lease of 40 s, renewed every 10 s. */
    private static final int LEASE_SECONDS = 40;

    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Duration RENEWAL_RETRY = Duration.ofMillis(500);

    private final KubernetesClient client;
    private final String name;
    private final CountDownLatch silent = new CountDownLatch(1);

    NodeObject(KubernetesClient client, String name) {
        this.client = client;
        this.name = name;
    }

    /** Creates the Node, already Ready, and begins to renew its lease. */
    void register(Map<String, String> labels, String providerId, String bootId, Map<String, Quantity> capacity) {
        String now = Instant.now().toString();
        Node node = new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", name)
                .addToLabels("kubernetes.io/os", "linux")
                .addToLabels("kubernetes.io/arch", "amd64")
                .addToLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withProviderID(providerId)
                .endSpec()
                .withNewStatus()
                .withCapacity(capacity)
                .withAllocatable(capacity)
                .withConditions(conditions(now))
                .addNewAddress("127.0.0.1", "InternalIP")
                .addNewAddress(name, "Hostname")
                .withNewNodeInfo()
                .withArchitecture("amd64")
                .withBootID(bootId)
                .withContainerRuntimeVersion("scripted://1")
                .withKernelVersion("6.1.0")
                .withKubeProxyVersion("v1.34.3")
                .withKubeletVersion("v1.34.3")
                .withMachineID(name)
                .withOperatingSystem("linux")
                .withOsImage("scripted")
                .withSystemUUID(name)
                .endNodeInfo()
                .endStatus()
                .build();
        // The lease first: a Ready node without one would be judged by its conditions' age.
        renew();
        client.nodes().resource(node).create();
        Thread.ofVirtual().name("lease-" + name).start(this::keepRenewing);
    }

    /** Stops renewing: in the eyes of the API server the machine has fallen silent. */
    void fallSilent() {
        silent.countDown();
    }

    void delete() {
        fallSilent();
        client.nodes().withName(name).delete();
        client.leases().inNamespace(LEASES).withName(name).delete();
    }

    /** What a reboot shows in the Node: another boot id. */
    void bootId(String bootId) {
        client.nodes()
                .withName(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"nodeInfo\":{\"bootID\":\"" + bootId + "\"}}}");
    }

    private void keepRenewing() {
        try {
            Duration pause = RENEWAL;
            while (!silent.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    renew();
                    pause = RENEWAL;
                } catch (KubernetesClientException e) {
                    pause = RENEWAL_RETRY;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void renew() {
        client.leases()
                .resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(LEASES)
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity(name)
                        .withLeaseDurationSeconds(LEASE_SECONDS)
                        .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                        .endSpec()
                        .build())
                .createOr(existing -> existing.patch(PatchContext.of(PatchType.JSON_MERGE)));
    }

    private static List<NodeCondition> conditions(String now) {
        return Stream.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
                .map(type -> new NodeConditionBuilder()
                        .withType(type)
                        .withStatus(type.equals("Ready") ? "True" : "False")
                        .withReason(type.equals("Ready") ? "KubeletReady" : "KubeletHasSufficientResources")
                        .withLastHeartbeatTime(now)
                        .withLastTransitionTime(now)
                        .build())
                .toList();
    }
}
