package dev.lastcall.bench.requests;

import dev.lastcall.drain.PodView;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.Withdrawals.Strategy;
import dev.lastcall.support.drain.SamplePod;
import java.time.Duration;
import java.util.Set;

/** How a router learns that a pod leaves, and how long it takes for that. */
enum Way {
    LABEL(Duration.ofMillis(300), Set.of(Strategy.AUTO)) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(Withdrawals.ROTATION, "in");
        }
    },
    GATE(Duration.ofMillis(300), Set.of(Strategy.AUTO)) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.gate(Withdrawals.GATE).condition(Withdrawals.GATE, "True");
        }
    },
    /** A gateway that reads AIBrix' annotation. */
    ANNOTATION(Duration.ofMillis(1000), Set.of(Strategy.ANNOTATION)) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod;
        }
    };

    private final Duration lag;
    private final Set<Strategy> withdraw;

    Way(Duration lag, Set<Strategy> withdraw) {
        this.lag = lag;
        this.withdraw = withdraw;
    }

    abstract SamplePod pod(SamplePod pod);

    Duration lag() {
        return lag;
    }

    /** {@code lastcall.serving.withdraw}. */
    Set<Strategy> withdraw() {
        return withdraw;
    }

    /** Whether no mark takes the pod out; the same whatever the router reads, because a pod carries only its own. */
    static boolean in(PodView pod) {
        return pod.deletedAt() == null
                && !"out".equals(pod.labels().get(Withdrawals.ROTATION))
                && !"False".equals(pod.conditions().get(Withdrawals.GATE))
                && !("true".equals(pod.annotations().get(Withdrawals.AIBRIX))
                        && !pod.labels().containsKey(Withdrawals.ROTATION)
                        && pod.gates().isEmpty());
    }
}
