package dev.lastcall.support.controlplane;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Somebody else who writes to a Node: a person, a controller. Its patches carry no resourceVersion, so that they never
 * meet a conflict with the cluster's own controllers, which write to the same Node whenever they like.
 */
public final class ForeignHand {

    private static final PatchContext MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);

    private final KubernetesClient client;
    private final String node;

    public ForeignHand(KubernetesClient client, String node) {
        this.client = client;
        this.node = node;
    }

    public void annotate(String key, String value) {
        patch("{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}".formatted(key, value));
    }

    /** The API server merges taints by key: those of others stay. */
    public void taint(String key, String value) {
        patch("{\"spec\":{\"taints\":[{\"key\":\"%s\",\"value\":\"%s\",\"effect\":\"NoSchedule\"}]}}"
                .formatted(key, value));
    }

    public void unannotate(String key) {
        patch("{\"metadata\":{\"annotations\":{\"%s\":null}}}".formatted(key));
    }

    public void uncordon() {
        patch("{\"spec\":{\"unschedulable\":null}}");
    }

    /** All taints go, whoever set them. */
    public void untaint() {
        client.nodes().withName(node).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"taints\":null}}");
    }

    /**
     * The Node is deleted and registered anew under its name, as a cloud's controller and kubelet do with a machine that was
     * away for a while: what the kubelet reports stays, everything that others wrote is gone.
     */
    public void registerAnew() {
        Node before = client.nodes().withName(node).require();
        client.nodes().withName(node).delete();
        Node anew = new NodeBuilder()
                .withNewMetadata()
                .withName(node)
                .withLabels(kubeletsOwn(before.getMetadata().getLabels()))
                .endMetadata()
                .withNewSpec()
                .withProviderID(before.getSpec().getProviderID())
                .endSpec()
                .build();
        client.nodes().resource(anew).create();
        for (int tries = 1; ; tries++) {
            try {
                client.nodes()
                        .withName(node)
                        .editStatus(created -> new NodeBuilder(created)
                                .withStatus(before.getStatus())
                                .build());
                return;
            } catch (KubernetesClientException conflict) {
                // The kubelet's heartbeat wrote at the same moment.
                if (conflict.getCode() != 409 || tries == 20) {
                    throw conflict;
                }
            }
        }
    }

    private static Map<String, String> kubeletsOwn(Map<String, String> labels) {
        return labels.entrySet().stream()
                .filter(label -> !label.getKey().contains("exclude-from-external-load-balancers"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    public void cordon() {
        patch("{\"spec\":{\"unschedulable\":true}}");
    }

    private void patch(String json) {
        client.nodes().withName(node).patch(MERGE, json);
    }
}
