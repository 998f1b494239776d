package dev.lastcall.support.drain;

import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The pods of one node in memory. A pod that is told to go is gone at once unless told otherwise; each request is recorded. */
public final class FakePods implements PodGateway {

    /** One request; {@code verb} is {@code evict} or {@code delete}. */
    public record Request(String verb, String pod, Duration grace) {}

    private final Map<PodRef, PodView> pods = new LinkedHashMap<>();
    private final Map<String, Deque<EvictionAnswer>> planned = new ConcurrentHashMap<>();
    private final Map<String, Deque<PatchAnswer>> patches = new ConcurrentHashMap<>();
    private final Map<String, EvictionAnswer> always = new ConcurrentHashMap<>();
    private final Map<String, SteppedTime.Action> delays = new ConcurrentHashMap<>();
    private final Map<String, Silence> silent = new ConcurrentHashMap<>();
    private final Set<String> hidden = ConcurrentHashMap.newKeySet();
    private final Set<String> muted = ConcurrentHashMap.newKeySet();
    private final List<Request> requests = new ArrayList<>();
    private final List<String> conditions = new ArrayList<>();
    private volatile boolean synced = true;
    private @Nullable Supplier<Instant> lingering;

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

    /** Takes {@link #refuse} back. */
    public void allow(String name) {
        always.remove(name);
    }

    /** The next request about this pod, of either verb, is answered so. */
    public FakePods answer(String name, EvictionAnswer answer) {
        planned.computeIfAbsent(name, _ -> new ArrayDeque<>()).add(answer);
        return this;
    }

    /** Requests about this pod take as long as the action does. */
    public FakePods slow(String name, SteppedTime.Action delay) {
        delays.put(name, delay);
        return this;
    }

    /** Evictions of this pod are not answered, however long somebody waits; deletions still work. */
    public FakePods silent(String name, SteppedTime time) {
        silent.put(name, patience -> {
            try {
                boolean _ = time.await(() -> false, time.now().plus(patience));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            return new EvictionAnswer.Unanswered();
        });
        return this;
    }

    /** Deletions of this pod are done and not answered. */
    public FakePods mute(String name) {
        muted.add(name);
        return this;
    }

    private interface Silence {
        EvictionAnswer outlast(Duration patience);
    }

    /** The watch leaves this pod out, as a list from a stale cache does; it is still there. */
    public void hide(String name, boolean away) {
        if (away) {
            hidden.add(name);
        } else {
            hidden.remove(name);
        }
    }

    /** A pod that is told to go is terminating until {@link #remove}, as on a real node. */
    public synchronized FakePods linger(Supplier<Instant> clock) {
        lingering = clock;
        return this;
    }

    /** Somebody else tells it to go, with this much time. */
    public synchronized void terminate(String name, Instant until) {
        pods.replaceAll((ref, pod) -> ref.name().equals(name) ? SamplePod.terminating(pod, until) : pod);
    }

    /** Its containers have ended by themselves. */
    public synchronized void succeed(String name) {
        pods.replaceAll((ref, pod) -> ref.name().equals(name) ? SamplePod.succeeded(pod) : pod);
    }

    /** {@code pod type=status reason}, in order. */
    public synchronized List<String> conditions() {
        return List.copyOf(conditions);
    }

    private void delay(String name) {
        SteppedTime.Action delay = delays.get(name);
        if (delay != null) {
            try {
                delay.run();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        }
    }

    public void unsynced() {
        synced = false;
    }

    @Override
    public synchronized List<PodView> latest() {
        return pods.values().stream()
                .filter(pod -> !hidden.contains(pod.ref().name()))
                .toList();
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
    public EvictionAnswer evict(PodRef pod, Duration grace, Duration patience) {
        note(new Request("evict", pod.name(), grace));
        Silence silence = silent.get(pod.name());
        if (silence != null) {
            return silence.outlast(patience);
        }
        delay(pod.name());
        EvictionAnswer refusal = always.get(pod.name());
        return refusal != null ? refusal : end(pod, grace);
    }

    @Override
    public EvictionAnswer delete(PodRef pod, Duration grace, Duration patience) {
        note(new Request("delete", pod.name(), grace));
        EvictionAnswer answer = end(pod, grace);
        return muted.contains(pod.name()) ? new EvictionAnswer.Unanswered() : answer;
    }

    private synchronized void note(Request request) {
        requests.add(request);
    }

    private synchronized EvictionAnswer end(PodRef pod, Duration grace) {
        Deque<EvictionAnswer> plan = planned.getOrDefault(pod.name(), new ArrayDeque<>());
        EvictionAnswer next = plan.poll();
        if (next != null) {
            return next;
        }
        PodView known = pods.get(pod);
        if (known == null) {
            return new EvictionAnswer.Gone();
        }
        if (lingering == null) {
            pods.remove(pod);
        } else {
            pods.put(pod, SamplePod.terminating(known, lingering.get().plus(grace)));
        }
        return new EvictionAnswer.Accepted();
    }

    /** The next patch of this pod, of its marks or its conditions, is answered so and changes nothing. */
    public FakePods answerPatch(String name, PatchAnswer answer) {
        patches.computeIfAbsent(name, _ -> new ArrayDeque<>()).add(answer);
        return this;
    }

    /** The pod as it stands now. */
    public synchronized PodView now(String name) {
        return pods.values().stream()
                .filter(pod -> pod.ref().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public synchronized PatchAnswer mark(
            PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        return patched(
                pod,
                before -> new PodView(
                        before.ref(),
                        before.phase(),
                        merged(before.labels(), labels),
                        merged(before.annotations(), annotations),
                        before.controller(),
                        before.mirror(),
                        before.deletedAt(),
                        before.grace(),
                        before.preStop(),
                        before.priorityClass(),
                        before.ip(),
                        before.ports(),
                        before.command(),
                        before.gates(),
                        before.conditions(),
                        before.tolerations(),
                        before.loading()));
    }

    @Override
    public synchronized PatchAnswer condition(
            PodRef pod, String type, boolean status, String reason, String message, Duration patience) {
        conditions.add(pod.name() + " " + type + "=" + status + " " + reason);
        return patched(
                pod,
                before -> new PodView(
                        before.ref(),
                        before.phase(),
                        before.labels(),
                        before.annotations(),
                        before.controller(),
                        before.mirror(),
                        before.deletedAt(),
                        before.grace(),
                        before.preStop(),
                        before.priorityClass(),
                        before.ip(),
                        before.ports(),
                        before.command(),
                        before.gates(),
                        merged(before.conditions(), Map.of(type, Optional.of(status ? "True" : "False"))),
                        before.tolerations(),
                        before.loading()));
    }

    private PatchAnswer patched(PodRef pod, UnaryOperator<PodView> change) {
        PatchAnswer next = patches.getOrDefault(pod.name(), new ArrayDeque<>()).poll();
        if (next != null) {
            return next;
        }
        PodView before = pods.get(pod);
        if (before == null) {
            return new PatchAnswer.Missing();
        }
        pods.put(pod, change.apply(before));
        return new PatchAnswer.Done(System.nanoTime());
    }

    private static Map<String, String> merged(Map<String, String> before, Map<String, Optional<String>> changes) {
        Map<String, String> after = new LinkedHashMap<>(before);
        changes.forEach((key, value) -> value.ifPresentOrElse(v -> after.put(key, v), () -> after.remove(key)));
        return Map.copyOf(after);
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
