package dev.lastcall.drain.run;

import dev.lastcall.drain.Deadlines;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.OtherDrainer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodRules;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.Trust;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What every thread of one drain may know of the whole: the notice and its deadline as they stand now, and the ports. */
final class DrainContext {
    /** The report is written before the machine is cut. */
    static final Duration REPORT_LEAD = Duration.ofMillis(500);
    /** What a drain gets whose deadline has passed, or was never one (hibernate, a late restart). */
    private static final Duration AT_LEAST = Duration.ofSeconds(10);
    /** A notice that names no time (a node mark without a window): long enough for every request, yet it ends. */
    private static final Duration WITHOUT_DEADLINE = Duration.ofHours(1);

    private final DrainPorts ports;
    private final DrainJournal journal;
    private final Permits evictions;
    private final Instant begun;
    private final Set<String> findings;
    private volatile Trust trust = Trust.NOBODY;
    private volatile @Nullable String cancelReason;

    DrainContext(DrainPorts ports, DrainJournal journal, Set<String> findings) {
        this.ports = ports;
        this.journal = journal;
        this.findings = findings;
        this.evictions = new Permits(ports.settings().maxConcurrency(), ports.waiting());
        this.begun = ports.waiting().now();
    }

    static Set<String> noFindings() {
        return Collections.synchronizedSet(new LinkedHashSet<>());
    }

    Waiting waiting() {
        return ports.waiting();
    }

    Instant now() {
        return ports.waiting().now();
    }

    Instant begun() {
        return begun;
    }

    PodGateway pods() {
        return ports.pods();
    }

    ServingSide serving() {
        return ports.serving();
    }

    DrainSettings settings() {
        return ports.settings();
    }

    Notice notice() {
        return journal.notice();
    }

    /** The deadline can tighten under a running drain: ask each time. */
    Deadlines deadlines() {
        Notice notice = notice();
        Instant deadline = notice.deadline();
        return new Deadlines(
                deadline == null ? notice.noticedAt().plus(WITHOUT_DEADLINE) : deadline,
                notice.noticedAt(),
                settings().safetyMargin());
    }

    /** When the drain stops waiting and reports. */
    Instant end() {
        Instant byDeadline = deadlines().deadline().minus(REPORT_LEAD);
        Instant least = begun.plus(AT_LEAST);
        return byDeadline.isBefore(begun) || !waitsForIdle() ? least : byDeadline;
    }

    /** Serving pods are held until idle; false where no time is left at all (hibernate). */
    boolean waitsForIdle() {
        return notice().behavesAs() != NoticeKind.HIBERNATE;
    }

    /** What a false alarm could not undo is allowed. */
    boolean noticeIsFinal() {
        return notice().takesTheMachine(now());
    }

    /** The machine is taken whatever anybody asks for: the kinds that the default of {@code force} covers. */
    boolean machineGoes() {
        return ForcePolicy.SPOT.covers(notice().behavesAs(), notice().window());
    }

    boolean mayForce() {
        boolean forAGpu = notice().kind() == NoticeKind.GPU; // the machine stays: nothing is worth overruling a budget
        return !forAGpu && settings().force().covers(notice().behavesAs(), notice().window());
    }

    boolean dryRun() {
        return journal.dryRun();
    }

    PodRules rules() {
        return PodRules.of(serving()::serves, settings(), notice().kind().label(), machineGoes());
    }

    /** Another drainer whose mark stands on the node. */
    Optional<String> company() {
        return ports.node().latest().flatMap(OtherDrainer::activeOn);
    }

    /** Once per look at the node: who is trusted with the ordinary pods, and since when. */
    void lookAround() {
        trust = trust.seen(company(), now());
    }

    void cancel(String reason) {
        cancelReason = reason;
        waiting().signal();
    }

    boolean cancelled() {
        return cancelReason != null;
    }

    String cancelReason() {
        return String.valueOf(cancelReason);
    }

    /** The pod as the watch last showed it, by UID; empty when it is gone. */
    Optional<PodView> pod(PodRef ref) {
        return pods().latest(ref);
    }

    /** Runs one eviction under the concurrency bound. */
    <T> T eviction(Supplier<T> call, Instant until) throws InterruptedException {
        return evictions.request(call, until);
    }

    /** 0 (inclusive) to 1. */
    double jitter() {
        return ThreadLocalRandom.current().nextDouble();
    }

    void emit(DrainEvent event) {
        ports.out().accept(event);
    }

    /** A line for the report that a person should read. */
    void finding(String line) {
        findings.add(line);
    }

    void defect(String where, Throwable what) {
        String line = Guarded.described(what);
        finding("a defect of the agent in the " + where + ": " + line);
        emit(new DrainEvent.Defect(where, line));
    }

    List<String> findings() {
        List<String> lines;
        synchronized (findings) {
            lines = new ArrayList<>(findings);
        }
        lines.addAll(trust.findings(now()));
        return lines;
    }
}
