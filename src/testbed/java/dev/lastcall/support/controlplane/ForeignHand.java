package dev.lastcall.support.controlplane;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;

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

    public void cordon() {
        patch("{\"spec\":{\"unschedulable\":true}}");
    }

    private void patch(String json) {
        client.nodes().withName(node).patch(MERGE, json);
    }
}
