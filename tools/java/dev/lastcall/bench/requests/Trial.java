package dev.lastcall.bench.requests;

import dev.lastcall.bench.requests.SimRequest.Outcome;
import dev.lastcall.drain.Deadlines;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.EngineShutdown;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.support.drain.FakeNode;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import dev.lastcall.support.drain.SteppedTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** One cell of the grid, from the notice to the cut, by one drainer. The same seed gives the same requests to each. */
final class Trial {
    /** Half of them are in flight at the notice, the others come until the machines go. */
    static final int REQUESTS = 6;

    private static final Duration COLD_START = Duration.ofSeconds(20);
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Cell cell;
    private final Drainer drainer;
    private final SteppedTime time = new SteppedTime();
    private final Instant notice = time.now();
    private final Instant deadline;
    private final SimService service;
    private final DrainSettings settings = Samples.settings();
    private final ServingSettings serving;
    private final List<SimPods> doomed = new ArrayList<>();
    private final List<SimRequest> requests = new ArrayList<>();
    private Duration empty = Duration.ZERO;
    private Duration nobody = Duration.ZERO;

    Trial(Cell cell, Drainer drainer) {
        this.cell = cell;
        this.drainer = drainer;
        this.deadline = notice.plus(cell.window());
        this.service = new SimService(cell.way().lag());
        this.serving = new ServingSettings(
                LabelSelector.parse("lastcall.dev/engine"),
                cell.way().withdraw(),
                Duration.ofSeconds(2),
                Duration.ofMillis(250),
                2,
                new KeepInRotation.Budget());
    }

    /** Walks it. */
    TrialResult run(long seed, EngineClient unused) {
        List<SimPods> pods = new ArrayList<>();
        for (int i = 0; i < cell.replicas(); i++) {
            SimPods pod = pod("chat-" + i);
            pods.add(pod);
            service.add(pod);
            if (i < cell.doomed()) {
                doomed.add(pod);
            }
        }
        send(new SplittableRandom(seed), pods);
        time.at(cell.window(), () -> doomed.forEach(SimPods::cut));
        for (Duration at = Duration.ZERO; at.compareTo(cell.window()) < 0; at = at.plus(LOOK)) {
            time.at(at.plusMillis(1), this::look);
        }
        List<DrainRun> runs = drainer == Drainer.LASTCALL
                ? doomed.stream().map(pod -> agent(pod, unused)).toList()
                : List.of();
        time.walk(() -> {
            for (DrainRun run : runs) {
                time.start("agent", run);
            }
            if (runs.isEmpty()) {
                doomed.forEach(pod -> pod.evict(pod.ref(), Duration.ofSeconds(30), Duration.ofSeconds(15)));
            }
        });
        Instant over = deadline.plus(cell.request().multipliedBy(2));
        pods.forEach(pod -> pod.engine().reading(over));
        service.settle(over);
        return result(
                runs.stream().map(DrainRun::report).flatMap(Optional::stream).toList());
    }

    private SimPods pod(String name) {
        SimEngine engine = new SimEngine(cell.engine(), name);
        return new SimPods(
                view(name),
                engine,
                time,
                at -> service.replace(new SimEngine(cell.engine(), name + "-next"), at.plus(COLD_START)));
    }

    private PodView view(String name) {
        SamplePod sample = SamplePod.named(name).condition("Ready", "True").preStop(drainer.preStop());
        return cell.way().pod(cell.engine().pod(sample)).view();
    }

    private DrainRun agent(SimPods pod, EngineClient unused) {
        SimServing side = new SimServing(
                new ServingPods(serving, pod, unused, service, Replacement.ADMITTED),
                serving,
                pod.engine(),
                cell.engine().tellsTimes() ? Optional.of(cell.longest()) : Optional.empty(),
                time);
        return DrainRun.begin(
                Samples.notice(NoticeKind.SPOT, notice, cell.window()),
                new DrainPorts(new FakeNode(Samples.node()), pod, side, Samples.marks(settings), time, event -> {}));
    }

    private void send(SplittableRandom random, List<SimPods> pods) {
        for (int i = 0; i < REQUESTS; i++) {
            Duration takes = share(cell.request(), 0.8 + 0.4 * random.nextDouble());
            if (i < REQUESTS / 2) {
                Instant start = notice.minus(share(takes, random.nextDouble()));
                SimRequest request = new SimRequest(start, start.plus(takes));
                pods.get(i % pods.size()).engine().admit(request);
                requests.add(request);
            } else {
                Duration after = share(cell.window(), random.nextDouble());
                SimRequest request =
                        new SimRequest(notice.plus(after), notice.plus(after).plus(takes));
                requests.add(request);
                time.at(after, () -> service.send(request, time.now()));
            }
        }
    }

    private static Duration share(Duration of, double share) {
        return Duration.ofMillis(Math.round(of.toMillis() * share));
    }

    /** Whether anybody is in rotation, while machines stand whose engines had the time for one more request. */
    private void look() {
        Instant now = time.now();
        if (service.served(now) || now.plus(cell.longest()).isAfter(deadline.minus(settings.safetyMargin()))) {
            return;
        }
        nobody = nobody.plus(LOOK);
        if (now.isBefore(leaveAt())) {
            empty = empty.plus(LOOK);
        }
    }

    /**
     * Until then the last of a service stays in rotation (docs/DRAIN.md): what its engine admits later could no longer finish, as far as
     * its request times tell, or its routers would follow too late for the moment at which it is told to drain.
     */
    private Instant leaveAt() {
        Deadlines deadlines = new Deadlines(deadline, notice, settings.safetyMargin());
        Instant last = cell.engine().tellsTimes() ? deadlines.outlastsDeadlineFrom(cell.longest()) : deadlines.half();
        Instant room = deadlines
                .forcePoint(EngineShutdown.finishTimeAfterSignal(view("any"), EngineModel.VERSION))
                .minus(serving.settle());
        return last.isBefore(room) ? last : room;
    }

    private TrialResult result(List<DrainReport> reports) {
        Instant due = deadline.minus(settings.safetyMargin());
        List<String> nodes = doomed.stream().map(pod -> pod.ref().name()).toList();
        List<SimRequest> theirs =
                requests.stream().filter(each -> nodes.contains(each.pod())).toList();
        RequestCounts ledger = reports.stream()
                .map(DrainReport::requests)
                .flatMap(counts -> Optional.ofNullable(counts).stream())
                .reduce(RequestCounts.NONE, RequestCounts::plus);
        return new TrialResult(
                cell,
                requests.size(),
                count(requests, Outcome.FINISHED),
                count(requests, Outcome.LOST),
                (int) theirs.stream()
                        .filter(each ->
                                each.outcome() == Outcome.LOST && !each.end().isAfter(due))
                        .count(),
                count(requests, Outcome.TURNED_AWAY),
                count(theirs, Outcome.FINISHED),
                count(theirs, Outcome.LOST),
                ledger,
                empty,
                nobody);
    }

    private static int count(List<SimRequest> all, Outcome outcome) {
        return (int) all.stream().filter(each -> each.outcome() == outcome).count();
    }
}
