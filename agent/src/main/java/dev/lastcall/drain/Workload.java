package dev.lastcall.drain;

import java.util.Comparator;

/**
 * Whom a pod belongs to, as users name it.
 *
 * @param name of the Deployment, the StatefulSet or another owner; of the pod itself where it has none
 */
public record Workload(String namespace, String name) implements Comparable<Workload> {
    private static final Comparator<Workload> ORDER =
            Comparator.comparing(Workload::namespace).thenComparing(Workload::name);

    /** A Deployment is told from its ReplicaSet's name; of a pod that was detached, by its own: {@code deployment-hash-five}. */
    public static Workload of(PodView pod) {
        return new Workload(pod.ref().namespace(), name(pod));
    }

    private static String name(PodView pod) {
        PodView.Controller owner = pod.controller();
        if (owner == null) {
            String name = pod.ref().name();
            return PodMarks.detached(pod) ? withoutLast(withoutLast(name)) : name;
        }
        String hash = pod.labels().get("pod-template-hash");
        // The hash leaves the labels when the pod is detached, a moment before its owner does.
        boolean deployed = owner.kind().equals("ReplicaSet")
                && (hash == null ? PodMarks.detached(pod) : owner.name().endsWith("-" + hash));
        return deployed ? withoutLast(owner.name()) : owner.name();
    }

    private static String withoutLast(String name) {
        int dash = name.lastIndexOf('-');
        return dash <= 0 ? name : name.substring(0, dash);
    }

    @Override
    public int compareTo(Workload other) {
        return ORDER.compare(this, other);
    }
}
