package dev.lastcall.bench.requests;

import dev.lastcall.bench.requests.SimRequest.Outcome;
import dev.lastcall.drain.PodView;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.rotation.Endpoint;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.serving.rotation.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One Service in front of the pods: what agents see of it, and its router, which follows a mark after a while. */
final class SimService implements Neighbours {
    private final Duration lag;
    private final List<SimPods> pods = new CopyOnWriteArrayList<>();
    private final List<Replacement> replacements = new CopyOnWriteArrayList<>();
    private int turn;

    /** A pod that came later, on a node that stays. */
    private record Replacement(SimEngine engine, Instant readyAt) {}

    SimService(Duration lag) {
        this.lag = lag;
    }

    void add(SimPods pod) {
        pods.add(pod);
    }

    /** A ReplicaSet replaces a pod as soon as it is told to go. */
    void replace(SimEngine engine, Instant readyAt) {
        replacements.add(new Replacement(engine, readyAt));
    }

    /** The next pod in turn that the router believes to be in rotation takes it, or nobody does. */
    synchronized void send(SimRequest request, Instant now) {
        List<SimEngine> known = Stream.concat(
                        pods.stream()
                                .filter(pod -> follows(pod.outSince(), now))
                                .map(SimPods::engine),
                        replacements.stream()
                                .filter(each -> !now.isBefore(each.readyAt()))
                                .map(Replacement::engine))
                .toList();
        if (known.isEmpty() || !known.get(turn++ % known.size()).admit(request)) {
            request.ends(Outcome.TURNED_AWAY);
        }
    }

    private boolean follows(@Nullable Instant outSince, Instant now) {
        return outSince == null || now.isBefore(outSince.plus(lag));
    }

    /** What the pods that came later took is at its end. */
    void settle(Instant now) {
        replacements.forEach(each -> each.engine().reading(now));
    }

    /** Whether anybody is in rotation. */
    boolean served(Instant now) {
        return pods.stream().anyMatch(pod -> pod.outSince() == null)
                || replacements.stream().anyMatch(each -> !now.isBefore(each.readyAt()));
    }

    @Override
    public Sight of(PodView pod, String notOlderThan) {
        return new Sight.Seen(List.of(new Service(
                "Service default/chat",
                pods.stream()
                        .map(SimPods::now)
                        .flatMap(Optional::stream)
                        .map(SimService::endpoint)
                        .toList(),
                OptionalInt.empty())));
    }

    @Override
    public List<String> stillRouted(PodView pod) {
        return List.of();
    }

    private static Endpoint endpoint(PodView pod) {
        String doomed = pod.annotations().get(Withdrawals.DEADLINE);
        return new Endpoint(
                pod.ref().uid(),
                "True".equals(pod.conditions().get("Ready")) && pod.deletedAt() == null,
                Way.in(pod),
                doomed == null ? null : Instant.parse(doomed),
                "true".equals(pod.annotations().get(Withdrawals.KEPT)));
    }
}
