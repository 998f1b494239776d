package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.AgentVersion;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainRecords;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingCensus;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.Withdrawals.Strategy;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.serving.rotation.Neighbours;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The drain's plain classes, made from the configuration. */
class DrainBeans {

    @Produces
    @Singleton
    NodeMarks nodeMarks(AgentConfig config) {
        AgentConfig.Drain drain = config.drain();
        DrainSettings settings = new DrainSettings(
                drain.safetyMargin(),
                drain.maxConcurrency(),
                drain.taint(),
                drain.excludeFromLoadBalancers(),
                drain.autoscalerTaint(),
                drain.force(),
                drain.namespacesLast().stream().map(String::strip).collect(Collectors.toUnmodifiableSet()),
                own(System.getenv("POD_NAMESPACE"), System.getenv("POD_NAME")),
                config.dryRun(),
                AgentVersion.current());
        return new NodeMarks(
                settings, DrainRecords::write, text -> DrainRecords.json(text).flatMap(DrainRecord::fromMap));
    }

    private static @Nullable String own(@Nullable String namespace, @Nullable String name) {
        return Optional.ofNullable(name)
                .flatMap(pod -> Optional.ofNullable(namespace).map(space -> space + "/" + pod))
                .orElse(null);
    }

    @Produces
    @Singleton
    ServingPods servingPods(
            AgentConfig config, PodGateway pods, EngineClient engines, Neighbours neighbours, Replacement replacement) {
        AgentConfig.Serving serving = config.serving();
        return new ServingPods(
                new ServingSettings(
                        LabelSelector.parse(serving.selector()),
                        serving.withdraw().stream()
                                .map(name -> Strategy.valueOf(name.strip().toUpperCase(Locale.ROOT)))
                                .collect(Collectors.toUnmodifiableSet()),
                        serving.settle(),
                        serving.pollInterval(),
                        serving.idleReads(),
                        // Checked at the start already.
                        KeepInRotation.parse(serving.keepInRotation()).orElseThrow()),
                pods,
                engines,
                neighbours,
                replacement);
    }

    @Produces
    @Singleton
    ServingCensus servingCensus(NodeGateway node, PodGateway pods, ServingPods serving, DrainMeters meters) {
        return new ServingCensus(node, pods, serving, meters);
    }

    @Produces
    @Singleton
    EngineClient engineClient() {
        return new EngineClient();
    }

    void close(@Disposes EngineClient engines) {
        engines.close();
    }
}
