package dev.lastcall.support.drain;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.PodView.Controller;
import dev.lastcall.drain.PodView.Toleration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a pod view: a running pod of a ReplicaSet in {@code default}, except for what a test says. */
public final class SamplePod {
    private final String name;
    private String namespace = "default";
    private String phase = "Running";
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final Map<String, String> annotations = new LinkedHashMap<>();
    private final Map<String, String> conditions = new LinkedHashMap<>();
    private List<String> gates = List.of();
    private List<String> command = List.of();
    private @Nullable Controller controller = new Controller("ReplicaSet", "web-1", "rs-1");
    private boolean mirror;
    private @Nullable Instant deletedAt;
    private Duration grace = Duration.ofSeconds(30);
    private Duration preStop = Duration.ZERO;
    private String priorityClass = "";
    private @Nullable String ip = "127.0.0.1";
    private List<Integer> ports = List.of();

    private final List<Toleration> tolerations = new ArrayList<>();
    private boolean loading;

    private SamplePod(String name) {
        this.name = name;
    }

    public static SamplePod named(String name) {
        return new SamplePod(name);
    }

    public SamplePod in(String other) {
        namespace = other;
        return this;
    }

    public SamplePod phase(String other) {
        phase = other;
        return this;
    }

    public SamplePod label(String key, String value) {
        labels.put(key, value);
        return this;
    }

    public SamplePod annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    public SamplePod condition(String type, String status) {
        conditions.put(type, status);
        return this;
    }

    public SamplePod gate(String type) {
        gates = List.of(type);
        return this;
    }

    public SamplePod command(String... words) {
        command = List.of(words);
        return this;
    }

    public SamplePod ownedBy(String kind) {
        controller = new Controller(kind, "owner", "owner-uid");
        return this;
    }

    public SamplePod controller(String kind, String owner) {
        controller = new Controller(kind, owner, owner);
        return this;
    }

    public SamplePod bare() {
        controller = null;
        return this;
    }

    public SamplePod mirror() {
        mirror = true;
        return this;
    }

    public SamplePod deletedAt(Instant at) {
        deletedAt = at;
        return this;
    }

    public SamplePod grace(Duration own) {
        grace = own;
        return this;
    }

    public SamplePod preStop(Duration sleep) {
        preStop = sleep;
        return this;
    }

    public SamplePod priorityClass(String other) {
        priorityClass = other;
        return this;
    }

    public SamplePod port(Integer... declared) {
        ports = List.of(declared);
        return this;
    }

    public SamplePod ip(String other) {
        ip = other;
        return this;
    }

    /** Every taint is tolerated. */
    public SamplePod toleratesEverything() {
        return tolerates(new Toleration("", "Exists", "", ""));
    }

    public SamplePod tolerates(Toleration toleration) {
        tolerations.add(toleration);
        return this;
    }

    /** Its container has not been ready since it started. */
    public SamplePod loading() {
        loading = true;
        return this;
    }

    public SamplePod withoutAddress() {
        ip = null;
        return this;
    }

    public PodView view() {
        return new PodView(
                new PodRef(namespace, name, "uid-" + name),
                phase,
                Map.copyOf(labels),
                Map.copyOf(annotations),
                controller,
                mirror,
                deletedAt,
                grace,
                preStop,
                priorityClass,
                ip,
                ports,
                command,
                gates,
                Map.copyOf(conditions),
                List.copyOf(tolerations),
                loading);
    }

    static PodView terminating(PodView pod, Instant until) {
        return changed(pod, pod.phase(), until);
    }

    static PodView succeeded(PodView pod) {
        return changed(pod, "Succeeded", pod.deletedAt());
    }

    private static PodView changed(PodView pod, String phase, @Nullable Instant deletedAt) {
        return new PodView(
                pod.ref(),
                phase,
                pod.labels(),
                pod.annotations(),
                pod.controller(),
                pod.mirror(),
                deletedAt,
                pod.grace(),
                pod.preStop(),
                pod.priorityClass(),
                pod.ip(),
                pod.ports(),
                pod.command(),
                pod.gates(),
                pod.conditions(),
                pod.tolerations(),
                pod.loading());
    }
}
