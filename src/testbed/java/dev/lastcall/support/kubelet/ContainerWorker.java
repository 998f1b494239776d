package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One container of a pod: starts its program, probes it, restarts it, ends it. */
final class ContainerWorker {

    /** kubelet's minimumGracePeriodInSeconds: what a container gets after SIGTERM however little grace was left. */
    static final Duration MINIMUM_AFTER_TERM = Duration.ofSeconds(2);

    private static final long FIRST_BACKOFF_SECONDS = 10;
    private static final long LONGEST_BACKOFF_SECONDS = 300;

    private final Container container;
    private final Pod pod;
    private final InetAddress address;
    private final @Nullable PodProgram program;
    private final Runnable changed;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final CountDownLatch stopping = new CountDownLatch(1);

    private ContainerState state = new ContainerState.Waiting("ContainerCreating", "");
    private String id = "";
    private boolean started;
    private boolean ready;
    private int restarts;
    private boolean terminated;
    private boolean killed;
    private @Nullable RunningProgram current;
    private List<ProbeLoop> probes = List.of();

    ContainerWorker(Container container, Pod pod, InetAddress address, @Nullable PodProgram program, Runnable changed) {
        this.container = container;
        this.pod = pod;
        this.address = address;
        this.program = program;
        this.changed = changed;
    }

    void start() {
        Thread.ofVirtual().name("container-" + container.getName()).start(this::run);
    }

    /** Completes when no program runs any more and none will be started. */
    CompletableFuture<Void> over() {
        return over;
    }

    synchronized ContainerReport report() {
        return new ContainerReport(
                container.getName(), container.getImage(), "scripted://" + id, state, started, ready, restarts);
    }

    /** preStop hook, SIGTERM, and SIGKILL when the grace is over. Returns when the last signal is sent. */
    void end(Grace grace) throws InterruptedException {
        stopping.countDown();
        synchronized (this) {
            probes.forEach(ProbeLoop::stop);
        }
        PreStop.run(container, address, grace, over);
        terminate();
        if (!grace.await(over, MINIMUM_AFTER_TERM)) {
            kill();
        }
    }

    private void terminate() {
        RunningProgram target;
        synchronized (this) {
            terminated = true;
            target = current;
        }
        if (target != null) {
            target.terminate();
        }
    }

    /** SIGKILL, now; no restart. */
    void kill() {
        stopping.countDown();
        RunningProgram target;
        synchronized (this) {
            killed = true;
            target = current;
        }
        if (target != null) {
            target.kill();
        }
    }

    private void run() {
        try {
            PodProgram startable = program;
            if (startable == null) {
                become(new ContainerState.Waiting(
                        "ErrImageNeverPull", "the scripted kubelet has no program for image " + container.getImage()));
                stopping.await();
            } else if (!Stream.of(
                            container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe())
                    .allMatch(ProbeLoop::supports)) {
                become(new ContainerState.Waiting(
                        "CreateContainerConfigError", "the scripted kubelet makes httpGet and tcpSocket probes only"));
                stopping.await();
            } else {
                runUntilStopped(startable);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            over.complete(null);
            changed.run();
        }
    }

    private void runUntilStopped(PodProgram startable) throws InterruptedException {
        long backoff = FIRST_BACKOFF_SECONDS;
        for (int incarnation = 0; stopping.getCount() > 0; incarnation++) {
            if (incarnation > 0) {
                synchronized (this) {
                    restarts = incarnation;
                }
            }
            if (incarnation > 1) {
                // The first restart is immediate, the following ones wait 10 s, 20 s, ... as a kubelet's do.
                become(new ContainerState.Waiting("CrashLoopBackOff", "back-off " + backoff + "s"));
                if (stopping.await(backoff, TimeUnit.SECONDS)) {
                    return;
                }
                backoff = Math.min(2 * backoff, LONGEST_BACKOFF_SECONDS);
            }
            int exitCode = runOnce(startable);
            String policy = pod.getSpec().getRestartPolicy();
            if ("Never".equals(policy) || ("OnFailure".equals(policy) && exitCode == 0)) {
                return;
            }
        }
    }

    private int runOnce(PodProgram startable) throws InterruptedException {
        Instant since = Instant.now();
        int exitCode;
        try {
            RunningProgram running = startable.start(context());
            install(running, since);
            exitCode = Grace.exitCode(running.exited());
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            System.out.println("scripted kubelet: " + pod.getMetadata().getName() + "/" + container.getName()
                    + " did not start: " + e);
            exitCode = 128;
        }
        synchronized (this) {
            current = null;
            started = false;
            ready = false;
            probes.forEach(ProbeLoop::stop);
            probes = List.of();
            state = new ContainerState.Ended(exitCode, since, Instant.now());
        }
        changed.run();
        return exitCode;
    }

    private void install(RunningProgram running, Instant since) {
        boolean terminateNow;
        boolean killNow;
        synchronized (this) {
            current = running;
            id = UUID.randomUUID().toString();
            state = new ContainerState.Running(since);
            terminateNow = terminated;
            killNow = killed;
            started = container.getStartupProbe() == null;
            if (stopping.getCount() > 0) {
                probes = new ArrayList<>();
                if (started) {
                    startProbes(running);
                } else {
                    probes.add(ProbeLoop.start(
                            container, container.getStartupProbe(), address, well -> startupVerdict(running, well)));
                }
            }
        }
        // A signal that came while the program was starting was for this one.
        if (killNow) {
            running.kill();
        } else if (terminateNow) {
            running.terminate();
        }
        changed.run();
    }

    /** Under the lock, once the container counts as started. */
    private void startProbes(RunningProgram running) {
        Probe readiness = container.getReadinessProbe();
        if (readiness == null) {
            ready = true;
        } else {
            probes.add(ProbeLoop.start(container, readiness, address, well -> {
                synchronized (this) {
                    ready = well && current == running;
                }
                changed.run();
            }));
        }
        Probe liveness = container.getLivenessProbe();
        if (liveness != null) {
            probes.add(ProbeLoop.start(container, liveness, address, well -> {
                if (!well) {
                    restart(running);
                }
            }));
        }
    }

    private void startupVerdict(RunningProgram running, boolean well) {
        if (!well) {
            restart(running);
            return;
        }
        synchronized (this) {
            if (current != running || stopping.getCount() == 0) {
                return;
            }
            probes.forEach(ProbeLoop::stop);
            probes = new ArrayList<>();
            started = true;
            startProbes(running);
        }
        changed.run();
    }

    /** What a failed liveness or startup probe leads to: the pod's own grace, then SIGKILL; {@link #run} starts it anew. */
    private void restart(RunningProgram running) {
        Long seconds = pod.getSpec().getTerminationGracePeriodSeconds();
        Thread.ofVirtual().name("unhealthy-" + container.getName()).start(() -> {
            running.terminate();
            try {
                if (!new Grace(seconds == null ? 30 : seconds).await(running.exited(), MINIMUM_AFTER_TERM)) {
                    running.kill();
                }
            } catch (InterruptedException e) {
                running.kill();
            }
        });
    }

    private void become(ContainerState next) {
        synchronized (this) {
            state = next;
        }
        changed.run();
    }

    private PodContext context() {
        int port = container.getPorts().isEmpty()
                ? 8000
                : container.getPorts().getFirst().getContainerPort();
        List<String> command = Stream.concat(container.getCommand().stream(), container.getArgs().stream())
                .toList();
        return new PodContext(pod, address, port, command);
    }
}
