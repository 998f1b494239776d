package dev.lastcall.support.drain;

import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The pods of one node in memory. A pod that is told to go is gone at once; each request is recorded. */
public final class FakePods implements PodGateway {

    /** One request; {@code verb} is {@code evict} or {@code delete}. */
    public record Request(String verb, String pod, Duration grace) {}

    private final Map<PodRef, PodView> pods = new LinkedHashMap<>();
    private final Map<String, Deque<EvictionAnswer>> planned = new ConcurrentHashMap<>();
    private final Map<String, EvictionAnswer> always = new ConcurrentHashMap<>();
    private final List<Request> requests = new ArrayList<>();
    private volatile boolean synced = true;

    public synchronized FakePods add(PodView pod) {
        pods.put(pod.ref(), pod);
        return this;
    }

    public synchronized void remove(PodView pod) {
        pods.remove(pod.ref());
    }

    /** Every eviction of this pod is answered so; deletions still work. */
    public FakePods refuse(String name, EvictionAnswer answer) {
        always.put(name, answer);
        return this;
    }

    /** The next request about this pod, of either verb, is answered so. */
    public FakePods answer(String name, EvictionAnswer answer) {
        planned.computeIfAbsent(name, _ -> new ArrayDeque<>()).add(answer);
        return this;
    }

    public void unsynced() {
        synced = false;
    }

    @Override
    public synchronized List<PodView> latest() {
        return List.copyOf(pods.values());
    }

    @Override
    public boolean synced() {
        return synced;
    }

    @Override
    public synchronized boolean gone(PodRef pod) {
        return !pods.containsKey(pod);
    }

    @Override
    public synchronized EvictionAnswer evict(PodRef pod, Duration grace) {
        requests.add(new Request("evict", pod.name(), grace));
        EvictionAnswer refusal = always.get(pod.name());
        return refusal != null ? refusal : end(pod);
    }

    @Override
    public synchronized EvictionAnswer delete(PodRef pod, Duration grace) {
        requests.add(new Request("delete", pod.name(), grace));
        return end(pod);
    }

    private EvictionAnswer end(PodRef pod) {
        Deque<EvictionAnswer> plan = planned.getOrDefault(pod.name(), new ArrayDeque<>());
        EvictionAnswer next = plan.poll();
        if (next != null) {
            return next;
        }
        return pods.remove(pod) == null ? new EvictionAnswer.Gone() : new EvictionAnswer.Accepted();
    }

    @Override
    public PatchAnswer mark(
            PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        return new PatchAnswer.Done(System.nanoTime());
    }

    @Override
    public PatchAnswer condition(PodRef pod, String type, boolean status, String reason, String message) {
        return new PatchAnswer.Done(System.nanoTime());
    }

    public synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    /** The pods asked to go, in order, each request once. */
    public synchronized List<String> asked() {
        return requests.stream()
                .map(request -> request.verb() + " " + request.pod())
                .toList();
    }
}
