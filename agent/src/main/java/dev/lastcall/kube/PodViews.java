package dev.lastcall.kube;

import static dev.lastcall.kube.NodeViews.copy;
import static dev.lastcall.kube.NodeViews.empty;
import static dev.lastcall.kube.NodeViews.text;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.PodView.Controller;
import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.serving.findings.ServingContainer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From the API's Pod to what a drain decides by. */
final class PodViews {

    /** Set by kubelet on the shadow of a static pod. */
    private static final String MIRROR = "kubernetes.io/config.mirror";
    /** The API server's default. */
    private static final long DEFAULT_GRACE = 30;
    /** {@code sleep 5}, {@code /bin/sleep 5s}, {@code sh -c "sleep 1m"}. */
    private static final Pattern SLEEP = Pattern.compile("(?:^|[\\s/;&])sleep\\s+(\\d{1,6})(s|m)?(?=$|[\\s;&])");

    private PodViews() {}

    static PodView of(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        PodSpec spec = Optional.ofNullable(pod.getSpec()).orElseGet(PodSpec::new);
        PodStatus status = Optional.ofNullable(pod.getStatus()).orElseGet(PodStatus::new);
        var serving = ServingContainer.of(copy(meta.getAnnotations()), Containers.of(spec));
        return new PodView(
                new PodRef(text(meta.getNamespace()), meta.getName(), text(meta.getUid())),
                status.getPhase() == null ? "Unknown" : status.getPhase(),
                copy(meta.getLabels()),
                copy(meta.getAnnotations()),
                meta.getOwnerReferences().stream()
                        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                        .findFirst()
                        .map(owner ->
                                new Controller(text(owner.getKind()), text(owner.getName()), text(owner.getUid())))
                        .orElse(null),
                copy(meta.getAnnotations()).containsKey(MIRROR),
                meta.getDeletionTimestamp() == null ? null : Instant.parse(meta.getDeletionTimestamp()),
                Duration.ofSeconds(Optional.ofNullable(spec.getTerminationGracePeriodSeconds())
                        .orElse(DEFAULT_GRACE)),
                preStop(spec),
                text(spec.getPriorityClassName()),
                empty(status.getPodIP()),
                serving.map(container -> container.ports()).orElse(List.of()),
                serving.map(container -> container.words()).orElse(List.of()),
                spec.getReadinessGates().stream()
                        .map(PodReadinessGate::getConditionType)
                        .toList(),
                status.getConditions().stream()
                        .collect(Collectors.toUnmodifiableMap(
                                PodCondition::getType,
                                condition -> text(condition.getStatus()),
                                (earlier, later) -> later)),
                spec.getTolerations().stream()
                        .map(toleration -> new Toleration(
                                text(toleration.getKey()),
                                text(toleration.getOperator()),
                                text(toleration.getValue()),
                                text(toleration.getEffect())))
                        .toList(),
                serving.filter(container -> loading(pod, status, container.name()))
                        .isPresent());
    }

    /**
     * Whether this container has not been ready since it started last, or does not run at all. What was ready once and is
     * not now may be busy: its readiness fell after it had started.
     */
    private static boolean loading(Pod pod, PodStatus status, String name) {
        Optional<ContainerStatus> own = status.getContainerStatuses().stream()
                .filter(container -> name.equals(container.getName()))
                .findFirst();
        if (own.filter(container -> Boolean.TRUE.equals(container.getReady())).isPresent()) {
            return false;
        }
        ContainerState state = own.map(ContainerStatus::getState).orElse(null);
        if (state != null && state.getRunning() == null) {
            return state.getWaiting() != null || state.getTerminated() != null;
        }
        String began = status.getStartTime() == null ? pod.getMetadata().getCreationTimestamp() : status.getStartTime();
        String running = state == null ? null : state.getRunning().getStartedAt();
        String started = running == null ? began : running;
        return status.getConditions().stream()
                .filter(condition -> "ContainersReady".equals(condition.getType()))
                .anyMatch(condition ->
                        "False".equals(condition.getStatus()) && notAfter(condition.getLastTransitionTime(), started));
    }

    /** Times of the API are whole seconds; one that is missing speaks of nothing that ever changed. */
    private static boolean notAfter(@Nullable String changed, @Nullable String started) {
        return changed == null
                || (started != null
                        && !Instant.parse(changed)
                                .isAfter(Instant.parse(started).plusSeconds(1)));
    }

    /** The hooks of a pod's containers run side by side: the longest one counts. */
    private static Duration preStop(PodSpec spec) {
        return spec.getContainers().stream()
                .map(Container::getLifecycle)
                .filter(lifecycle -> lifecycle != null && lifecycle.getPreStop() != null)
                .map(lifecycle -> sleep(lifecycle.getPreStop()))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    private static Duration sleep(LifecycleHandler hook) {
        if (hook.getSleep() != null && hook.getSleep().getSeconds() != null) {
            return Duration.ofSeconds(hook.getSleep().getSeconds());
        }
        if (hook.getExec() == null) {
            return Duration.ZERO;
        }
        Duration sum = Duration.ZERO;
        Matcher sleeps = SLEEP.matcher(String.join(" ", hook.getExec().getCommand()));
        while (sleeps.find()) {
            long count = Long.parseLong(sleeps.group(1));
            sum = sum.plus("m".equals(sleeps.group(2)) ? Duration.ofMinutes(count) : Duration.ofSeconds(count));
        }
        return sum;
    }
}
