package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;

/** A container at one moment. */
record ContainerReport(
        String name, String image, String id, ContainerState state, boolean started, boolean ready, int restarts) {

    ContainerStatus toStatus() {
        ContainerStatusBuilder status = new ContainerStatusBuilder()
                .withName(name)
                .withImage(image)
                .withImageID(image)
                .withReady(ready)
                .withStarted(started)
                .withRestartCount(restarts);
        return switch (state) {
            case ContainerState.Waiting waiting ->
                status.withNewState()
                        .withNewWaiting(waiting.message(), waiting.reason())
                        .endState()
                        .build();
            case ContainerState.Running running ->
                status.withContainerID(id)
                        .withNewState()
                        .withNewRunning(running.since().toString())
                        .endState()
                        .build();
            case ContainerState.Ended ended ->
                status.withContainerID(id)
                        .withNewState()
                        .withNewTerminated()
                        .withContainerID(id)
                        .withExitCode(ended.exitCode())
                        .withReason(ended.exitCode() == 0 ? "Completed" : "Error")
                        .withStartedAt(ended.since().toString())
                        .withFinishedAt(ended.at().toString())
                        .endTerminated()
                        .endState()
                        .build();
        };
    }
}
