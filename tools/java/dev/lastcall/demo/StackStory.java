package dev.lastcall.demo;

import dev.lastcall.demo.Timeline.Mark;
import dev.lastcall.support.stack.ServingStack;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;

/** What a person who watches Deployments, pods and Nodes would see, each once, at the moment the watch brings it. */
final class StackStory implements AutoCloseable {
    private final InstantSource clock = InstantSource.system();
    private final Queue<NodeStory.Entry> entries = new ConcurrentLinkedQueue<>();
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private final Map<String, Instant> created = new ConcurrentHashMap<>();
    private final Map<String, String> pools = new ConcurrentHashMap<>();
    private final Map<String, Integer> wanted = new ConcurrentHashMap<>();
    private final List<Watch> watches = new ArrayList<>();

    StackStory(KubernetesClient client) {
        watches.add(client.apps()
                .deployments()
                .inNamespace(ServingStack.NAMESPACE)
                .watch(each((_, deployment) -> deployment(deployment))));
        watches.add(client.pods()
                .inNamespace(ServingStack.NAMESPACE)
                .withLabel("serving.lastcall.dev/pool")
                .watch(each(this::pod)));
        watches.add(client.nodes().watch(each((_, node) -> node(node))));
    }

    /** What was not taken yet. */
    List<NodeStory.Entry> taken() {
        List<NodeStory.Entry> taken = new ArrayList<>();
        for (NodeStory.Entry next = entries.poll(); next != null; next = entries.poll()) {
            taken.add(next);
        }
        return taken;
    }

    /** When pods of that pool were first seen, but for these; in order. */
    List<Instant> created(String pool, Set<String> but) {
        return created.entrySet().stream()
                .filter(pod -> pool.equals(pools.get(pod.getKey())) && !but.contains(pod.getKey()))
                .map(Map.Entry::getValue)
                .sorted()
                .toList();
    }

    private void deployment(Deployment deployment) {
        String name = deployment.getMetadata().getName();
        int now = deployment.getSpec().getReplicas();
        Integer before = wanted.put(name, now);
        if (before != null && before != now) {
            say(Mark.SCALED, "KEDA and the HPA ask for " + now + " of " + name + ", were " + before, "");
        }
    }

    private void pod(Watcher.Action action, Pod pod) {
        String name = pod.getMetadata().getName();
        String pool = pod.getMetadata().getLabels().get("serving.lastcall.dev/pool");
        pools.put(name, pool);
        if (created.putIfAbsent(name, clock.instant()) == null
                && pod.getStatus().getPodIP() == null) {
            say(Mark.STARTED, name, "started " + name);
        }
        if (action == Watcher.Action.DELETED) {
            say(Mark.GONE, name, "gone " + name);
        } else if (pod.getMetadata().getDeletionTimestamp() != null) {
            say(
                    Mark.EVICTED,
                    name + "  grace " + pod.getMetadata().getDeletionGracePeriodSeconds() + " s",
                    "evicted " + name);
        } else if ("out".equals(pod.getMetadata().getLabels().get("lastcall.dev/rotation"))) {
            say(Mark.WITHDRAWN, name + "  takes no new requests", "out " + name);
        } else if (said.contains("started " + name) && isReady(pod)) {
            say(Mark.READY, name + "  on " + pod.getSpec().getNodeName(), "ready " + name);
        }
    }

    private void node(Node node) {
        if (Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
            String name = node.getMetadata().getName();
            say(Mark.CORDON, name + " is unschedulable", "cordon " + name);
        }
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .anyMatch(each ->
                        each.getType().equals("Ready") && each.getStatus().equals("True"));
    }

    /** @param once what is told a single time; empty = always */
    private void say(Mark mark, String text, String once) {
        if (once.isEmpty() || said.add(once)) {
            entries.add(new NodeStory.Entry(clock.instant(), mark, text));
        }
    }

    private static <T> Watcher<T> each(BiConsumer<Watcher.Action, T> consumer) {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, T seen) {
                consumer.accept(action, seen);
            }

            @Override
            public void onClose(WatcherException cause) {}
        };
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
    }
}
