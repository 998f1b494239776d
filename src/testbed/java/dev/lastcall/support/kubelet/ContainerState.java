package dev.lastcall.support.kubelet;

import java.time.Instant;

/** What one container is doing, as its ContainerStatus tells it. */
sealed interface ContainerState {

    record Waiting(String reason, String message) implements ContainerState {}

    record Running(Instant since) implements ContainerState {}

    record Ended(int exitCode, Instant since, Instant at) implements ContainerState {}
}
