package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.health.Readiness;
import dev.lastcall.health.ReadinessInput;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.kube.KubePods;
import dev.lastcall.metrics.ApiMeters;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.function.Supplier;

/** What the two watches mean for readiness and metrics. Without an API server there is nothing to be unready for. */
class WatchBeans {

    private record Input(String name, Supplier<Readiness> source) implements ReadinessInput {
        @Override
        public Readiness readiness() {
            return source.get();
        }
    }

    @Produces
    @Singleton
    ReadinessInput ownNode(KubeNode node, AgentConfig config) {
        return new Input(
                "own-node",
                () -> config.kubernetes().enabled()
                        ? judged(node.latest().isPresent(), node.blind(), "own Node", config)
                        : Readiness.READY);
    }

    @Produces
    @Singleton
    ReadinessInput ownPods(KubePods pods, AgentConfig config) {
        return new Input(
                "own-pods",
                () -> config.kubernetes().enabled()
                        ? judged(pods.synced(), pods.blind(), "pods of the own Node", config)
                        : Readiness.READY);
    }

    void measure(@Observes StartupEvent event, AgentConfig config, ApiMeters meters, KubeNode node, KubePods pods) {
        if (config.kubernetes().enabled()) {
            meters.watch("nodes", node::up);
            meters.watch("pods", pods::up);
        }
    }

    static Readiness judged(boolean seen, boolean blind, String what, AgentConfig config) {
        Duration after = config.notice().blindAfter();
        if (!seen) {
            return Readiness.notReady("the " + what + " could not be read yet");
        }
        return blind
                ? Readiness.notReady(
                        "no sign of life from the watch of the " + what + " for more than " + after.toSeconds() + " s")
                : Readiness.READY;
    }
}
