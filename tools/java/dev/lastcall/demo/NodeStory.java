package dev.lastcall.demo;

import dev.lastcall.demo.Timeline.Mark;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.function.Consumer;

/** What a person with kubectl would see: the Node, its pods and the Events, as watches bring them. */
final class NodeStory implements AutoCloseable {

    /** Reasons of Events, and the word each has in the timeline. */
    private static final Map<String, Mark> TOLD = Map.of(
            "InterruptionNotice", Mark.SEEN,
            "NodeCordoned", Mark.CORDON,
            "ServingKept", Mark.KEPT,
            "ServingWithdrawn", Mark.WITHDRAWN,
            "ServingIdle", Mark.IDLE,
            "EvictionBlocked", Mark.BLOCKED,
            "PodForced", Mark.FORCED,
            "RequestsLost", Mark.LOST,
            "DrainCompleted", Mark.DONE,
            "DrainFailed", Mark.DONE);

    record Entry(Instant at, Mark mark, String text) {}

    private final String node;
    private final InstantSource clock = InstantSource.system();
    private final PriorityBlockingQueue<Entry> entries =
            new PriorityBlockingQueue<>(64, Comparator.comparing(Entry::at));
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private final List<Watch> watches = new ArrayList<>();

    /** @param servingBefore pods that served before the notice; a further one that gets Ready is a replacement */
    NodeStory(KubernetesClient client, String node, String namespace, Set<String> servingBefore) {
        this.node = node;
        watches.add(client.nodes().withName(node).watch(each(this::node)));
        watches.add(client.pods().inNamespace(namespace).watch(new Watcher<Pod>() {
            @Override
            public void eventReceived(Action action, Pod pod) {
                pod(action, pod, servingBefore);
            }

            @Override
            public void onClose(WatcherException cause) {}
        }));
        watches.add(client.v1().events().inAnyNamespace().watch(each(event -> event(event, namespace))));
    }

    /** What happened before that instant and was not taken yet, in order. */
    List<Entry> until(Instant limit) {
        List<Entry> taken = new ArrayList<>();
        for (Entry next = entries.peek(); next != null && next.at().isBefore(limit); next = entries.peek()) {
            taken.add(next);
            entries.remove(next);
        }
        return taken;
    }

    private void node(Node seen) {
        if (Boolean.TRUE.equals(seen.getSpec().getUnschedulable())) {
            String taints = seen.getSpec().getTaints().stream()
                    .filter(taint -> taint.getKey().startsWith("lastcall.dev/"))
                    .map(taint -> ", taint " + taint.getKey() + "=" + taint.getValue())
                    .findFirst()
                    .orElse("");
            once("cordoned", Mark.CORDON, "the Node is unschedulable" + taints);
        }
    }

    private void pod(Watcher.Action action, Pod pod, Set<String> servingBefore) {
        String name = pod.getMetadata().getName();
        boolean here = node.equals(pod.getSpec().getNodeName());
        if (here && action == Watcher.Action.DELETED) {
            once("gone " + name, Mark.GONE, name);
        } else if (here && pod.getMetadata().getDeletionTimestamp() != null) {
            Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
            once("evicted " + name, Mark.EVICTED, name + "  grace " + grace + " s");
        } else if (!here
                && "llm".equals(pod.getMetadata().getLabels().get("app"))
                && !servingBefore.contains(name)
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"))) {
            once("ready " + name, Mark.READY, name + "  serves on the spare node");
        }
    }

    private void event(Event event, String namespace) {
        Mark mark = TOLD.get(event.getReason());
        String about = event.getInvolvedObject().getName();
        boolean ours =
                about.equals(node) || namespace.equals(event.getInvolvedObject().getNamespace());
        if (mark != null && ours && said.add(event.getMetadata().getUid())) {
            String text = about.equals(node) ? event.getMessage() : about + "  " + event.getMessage();
            entries.add(new Entry(timeOf(event), mark, text));
        }
    }

    private Instant timeOf(Event event) {
        return event.getEventTime() == null
                ? clock.instant()
                : Instant.parse(event.getEventTime().getTime());
    }

    private void once(String key, Mark mark, String text) {
        if (said.add(key)) {
            entries.add(new Entry(clock.instant(), mark, text));
        }
    }

    private static <T> Watcher<T> each(Consumer<T> consumer) {
        return new Watcher<>() {
            @Override
            public void eventReceived(Action action, T seen) {
                consumer.accept(seen);
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
