package dev.lastcall.pipeline;

import dev.lastcall.allocation.Allocation;
import dev.lastcall.allocation.AllocationState;
import dev.lastcall.allocation.KubeletList;
import dev.lastcall.allocation.PodName;
import dev.lastcall.allocation.PodPhase;
import dev.lastcall.allocation.PodResourcesAnswer;
import dev.lastcall.allocation.PodResourcesReader;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.kube.KubePods;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Asks the kubelet every ten seconds, and a second after pods of this node changed, who holds which device.
 */
@ApplicationScoped
public class AllocationScan {

    private static final Logger LOG = Logger.getLogger(AllocationScan.class);

    /** The kubelet gives out devices when it admits a pod, shortly after the watch shows it; many changes are one list. */
    private static final long AFTER_CHANGE_MS = 1_000;
    /** Before the watch starts, so that its first picture is not missed. */
    private static final int BEFORE_WATCH = 1_050;

    private final PodResourcesReader kubelet;
    private final KubePods pods;
    private final boolean podsWatched;
    private final String socket;
    private final ScheduledExecutorService executor;
    private final InstantSource clock;

    private final AtomicBoolean wanted = new AtomicBoolean();
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile KubeletList list = KubeletList.none();
    private volatile Runnable changed = () -> {};
    private volatile boolean stopping;
    private String said = "";

    AllocationScan(
            PodResourcesReader kubelet,
            KubePods pods,
            AgentConfig config,
            ScheduledExecutorService executor,
            InstantSource clock) {
        this.kubelet = kubelet;
        this.pods = pods;
        this.podsWatched = config.kubernetes().enabled();
        this.socket = config.podResources().socket();
        this.executor = executor;
        this.clock = clock;
    }

    void start(@Observes @Priority(BEFORE_WATCH) StartupEvent event) {
        if (podsWatched) {
            pods.onChange(_ -> askSoon());
        }
        executor.execute(this::ask);
    }

    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        kubelet.close();
    }

    @Scheduled(
            identity = "pod-resources",
            skipExecutionIf = Scheduled.ApplicationNotRunning.class,
            every = "10s",
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void ask() {
        wanted.set(false);
        if (stopping || !asking.compareAndSet(false, true)) {
            return;
        }
        try {
            PodResourcesAnswer answer = kubelet.list();
            if (stopping) {
                return; // what a closed channel says is no news of the kubelet
            }
            list = list.after(answer, clock.instant());
            say(answer);
        } finally {
            asking.set(false);
        }
        changed.run();
    }

    /** To be called after each answer, and after each that did not come. One listener: whoever joins it with the GPUs. */
    void onAnswer(Runnable listener) {
        changed = listener;
    }

    /** The kubelet's list joined with these GPUs: an id that matched nothing before may match one of them now. */
    AllocationState against(@Nullable GpuSnapshot snapshot) {
        KubeletList now = list;
        Optional<Allocation> joined = Optional.ofNullable(snapshot)
                .flatMap(seen -> now.held().map(held -> Allocation.join(held, seen, phases())));
        return new AllocationState(joined, now.up(), now.at());
    }

    private void askSoon() {
        if (!stopping && wanted.compareAndSet(false, true)) {
            executor.schedule(this::ask, AFTER_CHANGE_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Empty while the watch has shown nothing: then every pod the kubelet lists is taken to run. */
    private List<PodPhase> phases() {
        return pods.latest().stream()
                .map(pod -> new PodPhase(
                        new PodName(pod.ref().namespace(), pod.ref().name()), pod.finished()))
                .toList();
    }

    /** Each new turn once, not each ten seconds. */
    private void say(PodResourcesAnswer answer) {
        String turn = switch (answer) {
            case PodResourcesAnswer.Listed _ -> "listed";
            case PodResourcesAnswer.NoSocket _ -> "no socket";
            case PodResourcesAnswer.Failed failed -> failed.code();
        };
        if (turn.equals(said)) {
            return;
        }
        said = turn;
        switch (answer) {
            case PodResourcesAnswer.Listed _ ->
                LOG.infof("the kubelet tells at %s which pod holds which device", socket);
            case PodResourcesAnswer.NoSocket _ ->
                LOG.infof(
                        "no kubelet socket at %s: which pod holds which device is unknown until there is one", socket);
            case PodResourcesAnswer.Failed failed ->
                LOG.warnf("the kubelet did not list devices at %s: %s", socket, failed.text());
        }
    }
}
