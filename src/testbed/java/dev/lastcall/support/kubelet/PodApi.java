package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;

/** The two requests a kubelet makes about a pod. */
final class PodApi {

    private static final PatchContext MERGE = PatchContext.of(PatchType.STRATEGIC_MERGE);

    private final KubernetesClient client;

    PodApi(KubernetesClient client) {
        this.client = client;
    }

    /** Patches the status. Conditions merge by type on the server: those of others, readiness gates above all, stay. */
    void patchStatus(Pod pod, Pod status) {
        try {
            client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .subresource("status")
                    .patch(MERGE, Serialization.asJson(status));
        } catch (KubernetesClientException e) {
            ignoreGone(e);
        }
    }

    /** Removes the object of a pod that has ended; never another pod of the same name. */
    void remove(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        DeleteOptions options = new DeleteOptionsBuilder()
                .withApiVersion("v1")
                .withKind("DeleteOptions")
                .withGracePeriodSeconds(0L)
                .withNewPreconditions()
                .withUid(meta.getUid())
                .endPreconditions()
                .build();
        try {
            client.raw(
                    "/api/v1/namespaces/" + meta.getNamespace() + "/pods/" + meta.getName(),
                    "DELETE",
                    Serialization.asJson(options));
        } catch (KubernetesClientException e) {
            ignoreGone(e);
        }
    }

    private static void ignoreGone(KubernetesClientException e) {
        if (e.getCode() != 404 && e.getCode() != 409) {
            throw e;
        }
    }
}
