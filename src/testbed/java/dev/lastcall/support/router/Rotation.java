package dev.lastcall.support.router;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Which pods get requests at this moment. What the API server says takes effect after the propagation delay. */
final class Rotation {

    private final RotationRule rule;
    private final InstantSource clock;
    private final Map<String, Backend> in = new HashMap<>();
    private final Map<String, Backend> known = new HashMap<>();
    private final List<RotationChange> changes = new ArrayList<>();
    private final Duration delay;
    private int turn;

    Rotation(RotationRule rule, Duration delay, InstantSource clock) {
        this.rule = rule;
        this.delay = delay;
        this.clock = clock;
    }

    /** The pod as it is now; null status or marks that don't admit it take it out. */
    void update(Pod pod) {
        @Nullable Backend wanted = rule.admits(pod) ? Backend.of(pod) : null;
        later(pod.getMetadata().getName(), wanted);
    }

    void remove(Pod pod) {
        later(pod.getMetadata().getName(), null);
    }

    /** The one in rotation with the fewest open requests, in turn among equals; none of those excluded. */
    synchronized Optional<Backend> pick(Set<Backend> excluded) {
        List<Backend> candidates = in.values().stream()
                .filter(b -> !excluded.contains(b))
                .sorted(Comparator.comparing(b -> b.pod))
                .toList();
        int fewest = candidates.stream().mapToInt(b -> b.open.get()).min().orElse(0);
        List<Backend> equals =
                candidates.stream().filter(b -> b.open.get() == fewest).toList();
        if (equals.isEmpty()) {
            return Optional.empty();
        }
        Backend picked = equals.get(Math.floorMod(turn++, equals.size()));
        picked.open.incrementAndGet();
        return Optional.of(picked);
    }

    synchronized Set<String> pods() {
        return Set.copyOf(in.keySet());
    }

    synchronized List<RotationChange> changes() {
        return List.copyOf(changes);
    }

    synchronized int open(String pod) {
        Backend backend = known.get(pod);
        return backend == null ? 0 : backend.open.get();
    }

    private void later(String pod, @Nullable Backend wanted) {
        if (delay.isZero()) {
            apply(pod, wanted);
        } else {
            Executor later = CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS);
            later.execute(() -> apply(pod, wanted));
        }
    }

    private synchronized void apply(String pod, @Nullable Backend wanted) {
        Backend present = in.get(pod);
        if (wanted == null) {
            if (in.remove(pod) != null) {
                changes.add(new RotationChange(clock.instant(), pod, false));
            }
        } else if (present == null || !present.address.equals(wanted.address)) {
            Backend before = known.get(pod);
            Backend backend = before != null && before.address.equals(wanted.address) ? before : wanted;
            known.put(pod, backend);
            in.put(pod, backend);
            changes.add(new RotationChange(clock.instant(), pod, true));
        }
    }
}
