package dev.lastcall.support.kubelet;

import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * A node whose pods are Java programs on loopback addresses of their own (podIP is the address; it answers). What the
 * API server, the scheduler and the controllers see of it is what they see of a real one: Node and lease, phases,
 * conditions with readiness gates, probes, preStop, grace periods, removal.
 *
 * <p>One thing the API server refuses: an EndpointSlice with a 127.x address. A test that wants EndpointSlices of its
 * Services sets {@link Builder#reportAddress}; those addresses then do not answer.
 */
public final class ScriptedKubelet implements AutoCloseable {

    private final String nodeName;
    private final KubernetesClient client;
    private final NodeObject node;
    private final PodApi api;
    private final Map<String, PodProgram> programs;
    private final UnaryOperator<String> reportAddress;
    private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> informer;
    private boolean off;
    private boolean closed;

    private ScriptedKubelet(Builder builder) {
        this.nodeName = builder.nodeName;
        this.programs = Map.copyOf(builder.programs);
        this.reportAddress = builder.reportAddress;
        this.client = builder.plane.clientFor(ControlPlane.KUBELET);
        this.node = new NodeObject(client, nodeName);
        this.api = new PodApi(client);
        try {
            node.register(builder.labels, builder.providerId, builder.bootId, builder.capacity);
            this.informer = client.pods()
                    .inAnyNamespace()
                    .withField("spec.nodeName", nodeName)
                    .inform(new Handler(), 0);
            awaitSchedulable();
        } catch (RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /** A node of that name; unlike a real one it is a member of nothing until {@link Builder#start}. */
    public static Builder on(ControlPlane plane, String nodeName) {
        return new Builder(plane, nodeName);
    }

    public String nodeName() {
        return nodeName;
    }

    /** The Node as it is now. */
    public Node node() {
        return client.nodes().withName(nodeName).require();
    }

    /** Where a pod's programs listen, if it runs here. */
    public Optional<InetAddress> addressOf(Pod pod) {
        return Optional.ofNullable(workers.get(pod.getMetadata().getUid())).map(PodWorker::address);
    }

    /** What a reboot shows in the Node: another boot id. The pods go on. */
    public void bootId(String bootId) {
        node.bootId(bootId);
    }

    /**
     * Cuts the machine: every program is killed before this returns, and the API server hears nothing more. Node and
     * Pod objects stay as they were, until the node-lifecycle controller notices (50 s).
     */
    public synchronized void powerOff() {
        if (!off) {
            off = true;
            node.fallSilent();
            informer.close();
            workers.values().forEach(PodWorker::cut);
        }
    }

    /** The node goes away as a terminated instance does: {@link #powerOff}, then its Node object is deleted. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            powerOff();
            try {
                node.delete();
            } finally {
                client.close();
            }
        }
    }

    /** A new node carries the not-ready taint until the node-lifecycle controller has seen it Ready. */
    private void awaitSchedulable() {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (node().getSpec().getTaints().stream()
                .anyMatch(taint -> taint.getKey().startsWith("node.kubernetes.io/"))) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("node " + nodeName + " stays tainted: "
                        + node().getSpec().getTaints());
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }

    private final class Handler implements ResourceEventHandler<Pod> {

        @Override
        public void onAdd(Pod pod) {
            String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
            if ("Succeeded".equals(phase) || "Failed".equals(phase)) {
                return;
            }
            workers.computeIfAbsent(pod.getMetadata().getUid(), uid -> {
                InetAddress address = LoopbackAddresses.next();
                PodWorker worker =
                        new PodWorker(pod, address, reportAddress.apply(address.getHostAddress()), programs, api);
                worker.start();
                return worker;
            });
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
                onDelete(before, false);
                onAdd(pod);
                return;
            }
            PodWorker worker = workers.get(pod.getMetadata().getUid());
            if (worker != null) {
                worker.update(pod);
            }
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            PodWorker worker = workers.remove(pod.getMetadata().getUid());
            if (worker != null) {
                worker.removed();
            }
        }
    }

    /** What the node is like, and which program each image stands for. */
    public static final class Builder {

        private final ControlPlane plane;
        private final String nodeName;
        private final Map<String, String> labels = new HashMap<>();
        private final Map<String, Quantity> capacity = new HashMap<>(Map.of(
                "cpu", new Quantity("64"),
                "memory", new Quantity("512Gi"),
                "ephemeral-storage", new Quantity("1Ti"),
                "pods", new Quantity("110"),
                "nvidia.com/gpu", new Quantity("8")));
        private final Map<String, PodProgram> programs = new HashMap<>();
        private String providerId = "";
        private String bootId = UUID.randomUUID().toString();
        private UnaryOperator<String> reportAddress = UnaryOperator.identity();

        private Builder(ControlPlane plane, String nodeName) {
            this.plane = plane;
            this.nodeName = nodeName;
        }

        public Builder label(String key, String value) {
            labels.put(key, value);
            return this;
        }

        /** Capacity and allocatable; preset: 64 cpu, 512Gi memory, 110 pods, 8 nvidia.com/gpu. */
        public Builder capacity(String resource, String quantity) {
            capacity.put(resource, new Quantity(quantity));
            return this;
        }

        /** For example {@code aws:///eu-central-1a/i-0123456789abcdef0}; none by default. */
        public Builder providerId(String id) {
            this.providerId = id;
            return this;
        }

        public Builder bootId(String id) {
            this.bootId = id;
            return this;
        }

        /** The program that runs in containers of that image. */
        public Builder image(String image, PodProgram program) {
            programs.put(image, program);
            return this;
        }

        public Builder images(Map<String, PodProgram> byImage) {
            programs.putAll(byImage);
            return this;
        }

        /** Turns a pod's real address into the one its status tells; for tests that look at EndpointSlices. */
        public Builder reportAddress(UnaryOperator<String> report) {
            this.reportAddress = report;
            return this;
        }

        /** Registers the node and returns when pods can be scheduled to it. */
        public ScriptedKubelet start() {
            return new ScriptedKubelet(this);
        }
    }
}
