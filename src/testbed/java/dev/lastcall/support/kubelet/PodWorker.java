package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The life of one pod on the node, from its first sight to the removal of its object. One virtual thread looks at the
 * pod and its containers whenever either changed, and reports what it sees.
 */
final class PodWorker {

    private static final long RETRY_MILLIS = 250;

    private final PodApi api;
    private final InetAddress address;
    private final String reportedAddress;
    private final List<ContainerWorker> containers = new ArrayList<>();
    private final Semaphore changes = new Semaphore(0);
    private final Map<String, PodCondition> conditions = new HashMap<>();
    private final String startTime = Instant.now().toString();

    private volatile Pod pod;
    private volatile boolean objectGone;
    private volatile boolean nodeGone;
    private volatile @Nullable Grace grace;
    private @Nullable Pod published;

    PodWorker(Pod pod, InetAddress address, String reportedAddress, Map<String, PodProgram> programs, PodApi api) {
        this.pod = pod;
        this.address = address;
        this.reportedAddress = reportedAddress;
        this.api = api;
        pod.getSpec()
                .getContainers()
                .forEach(container -> containers.add(new ContainerWorker(
                        container, pod, address, programs.get(container.getImage()), changes::release)));
    }

    void start() {
        Thread.ofVirtual().name("pod-" + pod.getMetadata().getName()).start(this::run);
    }

    InetAddress address() {
        return address;
    }

    /** The pod's object changed. */
    void update(Pod latest) {
        pod = latest;
        changes.release();
    }

    /** The pod's object was removed by somebody else, as a forced deletion does: what still runs gets the least grace. */
    void removed() {
        objectGone = true;
        changes.release();
    }

    /** The machine is gone: kills everything before it returns, reports nothing any more. */
    void cut() {
        nodeGone = true;
        containers.forEach(ContainerWorker::kill);
        changes.release();
    }

    private void run() {
        try {
            if (pod.getMetadata().getDeletionTimestamp() == null) {
                containers.forEach(ContainerWorker::start);
            } else {
                containers.forEach(container -> container.over().complete(null));
            }
            while (!nodeGone) {
                obeyDeletion();
                boolean ended = grace != null
                        && containers.stream()
                                .allMatch(container -> container.over().isDone());
                if (objectGone ? ended : report(ended) && ended && remove()) {
                    return;
                }
                changes.acquire();
                changes.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void obeyDeletion() {
        Pod latest = pod;
        if (latest.getMetadata().getDeletionTimestamp() == null && !objectGone) {
            return;
        }
        Long seconds = objectGone ? Long.valueOf(0) : latest.getMetadata().getDeletionGracePeriodSeconds();
        long given = seconds == null ? 30 : seconds;
        Grace running = grace;
        if (running != null) {
            running.shorten(given);
            return;
        }
        Grace begun = new Grace(given);
        grace = begun;
        for (ContainerWorker container : containers) {
            Thread.ofVirtual().name("ending-" + latest.getMetadata().getName()).start(() -> {
                try {
                    container.end(begun);
                } catch (InterruptedException e) {
                    container.kill();
                }
            });
        }
    }

    /** True if the API server has what is to be known; false if it has to be told again. */
    private boolean report(boolean terminated) {
        Pod latest = pod;
        List<ContainerReport> reports =
                containers.stream().map(ContainerWorker::report).toList();
        PodVerdict verdict = PodVerdict.of(latest, reports, terminated);
        verdict.conditions().forEach(this::note);
        Pod status = new PodBuilder()
                .withNewMetadata()
                // The API server refuses the patch if the name belongs to another pod by now.
                .withUid(latest.getMetadata().getUid())
                .endMetadata()
                .withStatus(new PodStatusBuilder()
                        .withPhase(verdict.phase())
                        .withStartTime(startTime)
                        .withHostIP("127.0.0.1")
                        .withPodIP(reportedAddress)
                        .withPodIPs(new PodIP(reportedAddress))
                        .withConditions(List.copyOf(conditions.values()))
                        .withContainerStatuses(
                                reports.stream().map(ContainerReport::toStatus).toList())
                        .build())
                .build();
        if (status.equals(published)) {
            return true;
        }
        return attempt(() -> {
            api.patchStatus(latest, status);
            published = status;
        });
    }

    /** Remembers a condition, keeping the time of its last transition while its status stays. */
    private void note(String type, PodVerdict.Condition condition) {
        String value = condition.status() ? "True" : "False";
        PodCondition before = conditions.get(type);
        conditions.put(
                type,
                new PodConditionBuilder()
                        .withType(type)
                        .withStatus(value)
                        // Empty, not absent: a strategic merge keeps what is absent.
                        .withReason(condition.reason() == null ? "" : condition.reason())
                        .withMessage(condition.message() == null ? "" : condition.message())
                        .withLastTransitionTime(
                                before != null && before.getStatus().equals(value)
                                        ? before.getLastTransitionTime()
                                        : Instant.now().toString())
                        .build());
    }

    private boolean remove() {
        Pod latest = pod;
        return attempt(() -> api.remove(latest));
    }

    private boolean attempt(Runnable request) {
        if (nodeGone) {
            return false;
        }
        try {
            request.run();
            return true;
        } catch (RuntimeException e) {
            // An API server out of reach is tried again; the informer tells when the object is gone.
            Thread.ofVirtual().start(() -> {
                try {
                    TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                changes.release();
            });
            return false;
        }
    }
}
