package dev.lastcall.support.router;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A reverse proxy on a loopback port that streams. It never repeats a request that a backend may have seen, so what a
 * backend loses stays lost and visible; a refused connection is tried once on another pod, as real gateways do, and
 * counted. Each request has its own connections on both sides, and the end of one (FIN or silence) is passed on as is.
 */
public final class Router implements AutoCloseable {

    private final Rotation rotation;
    private final ServerSocket listener;
    private final Set<Exchange> open = ConcurrentHashMap.newKeySet();
    final AtomicInteger retriedOnRefusal = new AtomicInteger();
    final AtomicInteger unrouted = new AtomicInteger();
    private volatile @Nullable SharedIndexInformer<Pod> informer;

    private Router(Rotation rotation, ServerSocket listener) {
        this.rotation = rotation;
        this.listener = listener;
    }

    /**
     * Starts on any free port of 127.0.0.1, with nothing in rotation.
     *
     * @param propagation from the moment the router learns of a change to the moment it acts on it
     */
    public static Router start(RotationRule rule, Duration propagation) throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 512);
        Router router = new Router(new Rotation(rule, propagation, InstantSource.system()), listener);
        Thread.ofVirtual().name("router").start(router::accept);
        return router;
    }

    /** Follows the pods with these labels; returns when those that exist are known. The client stays the caller's. */
    public Router watch(KubernetesClient client, String namespace, Map<String, String> labels) {
        LabelSelector selector =
                new LabelSelectorBuilder().withMatchLabels(labels).build();
        informer =
                client.pods().inNamespace(namespace).withLabelSelector(selector).inform(new PodEvents());
        return this;
    }

    /** The pod as it is now: what {@link #watch} calls, for tests without an API server. */
    public void update(Pod pod) {
        rotation.update(pod);
    }

    public void remove(Pod pod) {
        rotation.remove(pod);
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** Names of the pods that get new requests now. */
    public Set<String> inRotation() {
        return rotation.pods();
    }

    /** Every entry and exit, in order. */
    public List<RotationChange> changes() {
        return rotation.changes();
    }

    /** Requests under way to this pod. */
    public int openRequests(String pod) {
        return rotation.open(pod);
    }

    /** Requests that went to a second pod because the first refused the connection. */
    public int retriedOnRefusal() {
        return retriedOnRefusal.get();
    }

    /** Requests answered with 503 because no pod was in rotation or reachable. */
    public int unrouted() {
        return unrouted.get();
    }

    @Override
    public void close() {
        SharedIndexInformer<Pod> watching = informer;
        if (watching != null) {
            watching.close();
        }
        try {
            listener.close();
        } catch (IOException e) {
            // A listening socket has nothing to lose.
        }
        open.forEach(Exchange::close);
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> {
                    Exchange exchange = new Exchange(this, rotation, client);
                    open.add(exchange);
                    exchange.run();
                    open.remove(exchange);
                });
            } catch (IOException e) {
                return;
            }
        }
    }

    private final class PodEvents implements ResourceEventHandler<Pod> {

        @Override
        public void onAdd(Pod pod) {
            update(pod);
        }

        @Override
        public void onUpdate(Pod before, Pod now) {
            update(now);
        }

        @Override
        public void onDelete(Pod pod, boolean lastStateUnknown) {
            remove(pod);
        }
    }
}
