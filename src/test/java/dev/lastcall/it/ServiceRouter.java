package dev.lastcall.it;

import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.router.Router;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests to the pods of one Service: to those its selector finds that are Ready, or to all where it publishes addresses that
 * are not. A pod that comes is taken in soon; one that leaves is left after a delay, as a load balancer deregisters its targets.
 */
final class ServiceRouter implements AutoCloseable {
    private final Router router = start();
    private final String namespace;
    private final Map<String, String> selector;
    private final Duration leaving;
    private final boolean publishesUnready;
    /** By name, as the Service's EndpointSlice would show it; those that are not in it are missing. */
    private final Map<String, Pod> endpoints = new ConcurrentHashMap<>();

    /** @param pods of all namespaces: one watch for all routers; what is known already is told at once */
    ServiceRouter(
            SharedIndexInformer<Pod> pods,
            String namespace,
            Map<String, String> selector,
            boolean publishesUnready,
            Duration leaving) {
        this.namespace = namespace;
        this.selector = Map.copyOf(selector);
        this.leaving = leaving;
        this.publishesUnready = publishesUnready;
        pods.addEventHandler(new Events());
    }

    private static Router start() {
        try {
            return Router.start(RotationRule.READY, Duration.ofMillis(100));
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
    }

    Router router() {
        return router;
    }

    @Override
    public void close() {
        router.close();
    }

    private void seen(Pod pod) {
        Pod shown = publishesUnready && pod.getMetadata().getDeletionTimestamp() == null ? ready(pod) : pod;
        if (selected(pod) && RotationRule.READY.admits(shown)) {
            endpoints.put(pod.getMetadata().getName(), shown);
            router.update(shown);
        } else {
            left(pod);
        }
    }

    /** It may be back when the delay is over. */
    private void left(Pod pod) {
        if (endpoints.remove(pod.getMetadata().getName()) != null) {
            CompletableFuture.delayedExecutor(leaving.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> {
                        if (!endpoints.containsKey(pod.getMetadata().getName())) {
                            router.remove(pod);
                        }
                    });
        }
    }

    private boolean selected(Pod pod) {
        return pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet());
    }

    private boolean here(Pod pod) {
        return namespace.equals(pod.getMetadata().getNamespace());
    }

    /** As its EndpointSlice shows it. */
    private static Pod ready(Pod pod) {
        return new PodBuilder(pod)
                .editStatus()
                .removeMatchingFromConditions(condition -> "Ready".equals(condition.getType()))
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
    }

    private final class Events implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            if (here(pod)) {
                seen(pod);
            }
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            if (here(pod)) {
                seen(pod);
            }
        }

        @Override
        public void onDelete(Pod pod, boolean lastStateUnknown) {
            if (here(pod)) {
                left(pod);
            }
        }
    }
}
