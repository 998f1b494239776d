package dev.lastcall.drain;

import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One drain event in words. The log line and the Kubernetes Event are the same sentence, so that whoever reads one finds
 * the other.
 *
 * @param reason the Event's reason, from the public list; null where only the log says so
 * @param pod the pod it is about; null for the Node
 */
public record DrainStory(
        boolean warning, @Nullable String reason, @Nullable PodRef pod, String text) {

    private static final int TOLD = 5;

    public static Optional<DrainStory> of(DrainEvent event) {
        return Optional.ofNullable(
                switch (event) {
                    case DrainEvent.Noticed noticed -> noticed(noticed);
                    case DrainEvent.AtRisk risk ->
                        onNode(
                                true,
                                "NodeAtRisk",
                                risk.notice().kind().label() + " from "
                                        + risk.notice().source()
                                        + ": the node may be reclaimed or restarted. It is marked lastcall.dev/at-risk;"
                                        + " nothing is drained before a notice");
                    case DrainEvent.HintGone gone ->
                        logged(
                                false,
                                gone.notice().kind().label() + " from "
                                        + gone.notice().source() + " is over: " + gone.reason());
                    case DrainEvent.MarksKept kept ->
                        onNode(
                                true,
                                "CordonKept",
                                kept.missing() + ": Lastcall set it again, because the " + named(kept.notice())
                                        + " is final");
                    case DrainEvent.Cordoned cordoned ->
                        onNode(
                                false,
                                "NodeCordoned",
                                "cordoned " + cordoned.sinceAnswer().toMillis()
                                        + " ms after the notice"
                                        + (cordoned.cordonedByUs()
                                                ? ""
                                                : "; the node was already cordoned, so Lastcall will not uncordon it"));
                    case DrainEvent.WouldCordon _ ->
                        onNode(false, "NodeCordoned", "would cordon this node now (dry run: nothing is written)");
                    case DrainEvent.CordonFailed failed ->
                        logged(true, "the node could not be cordoned yet, retrying: " + failed.reason());
                    case DrainEvent.Kept kept ->
                        onPod(
                                false,
                                "ServingKept",
                                kept.pod(),
                                "stays in rotation for now, because " + kept.reason()
                                        + ". Lastcall takes it out of rotation when a replacement is Ready, at the"
                                        + " latest at " + seconds(kept.until()));
                    case DrainEvent.Withdrawn withdrawn -> withdrawn(withdrawn);
                    case DrainEvent.AllWithdrawn all ->
                        logged(
                                false,
                                all.pods() + " serving pods out of rotation "
                                        + all.sinceNotice().toMillis() + " ms after the notice");
                    case DrainEvent.Idle idle ->
                        onPod(false, "ServingIdle", idle.pod(), "nothing in flight any more: evicting it now");
                    case DrainEvent.Evicted evicted -> evicted(evicted);
                    case DrainEvent.Blocked blocked ->
                        blocked.first()
                                ? onPod(
                                        true,
                                        "EvictionBlocked",
                                        blocked.pod(),
                                        "eviction refused by " + blocked.by().described() + ": " + blocked.reason()
                                                + ". " + next(blocked.deletesAt()))
                                : null;
                    case DrainEvent.Shortened shortened ->
                        logged(
                                false,
                                shortened.pod() + " was terminating beyond the deadline: "
                                        + shortened.grace().toSeconds() + " s of grace are left to it");
                    case DrainEvent.Defect defect ->
                        logged(true, "a defect of this agent in the " + defect.where() + ": " + defect.what());
                    case DrainEvent.PodEnded ended -> ended(ended);
                    case DrainEvent.RequestsLost lost -> lost(lost);
                    case DrainEvent.Completed completed -> completed(completed.report());
                    case DrainEvent.Cancelled cancelled ->
                        onNode(
                                false,
                                "InterruptionCancelled",
                                named(cancelled.notice()) + " was cancelled: " + cancelled.reason()
                                        + ". Lastcall removes its marks from the Node and restores the pods");
                    case DrainEvent.Uncordoned uncordoned ->
                        onNode(
                                false,
                                "NodeUncordoned",
                                "removed from the Node: " + String.join(", ", uncordoned.undone()));
                });
    }

    private static DrainStory noticed(DrainEvent.Noticed noticed) {
        Notice notice = noticed.notice();
        if (noticed.resumed()) {
            return logged(false, "resuming the drain for the " + named(notice) + " (the agent was restarted)");
        }
        String left = notice.deadline() == null
                ? "no deadline is known"
                : "the node is gone in " + notice.window().toSeconds() + " s, at " + seconds(notice.deadline());
        return onNode(
                true,
                "InterruptionNotice",
                named(notice) + ": " + left + (notice.dryRun() ? " (dry run: nothing will be written)" : ""));
    }

    private static DrainStory withdrawn(DrainEvent.Withdrawn withdrawn) {
        String applied = String.join(", ", withdrawn.withdrawal().strategies());
        String how = withdrawn.withdrawal().visibleToRouters()
                ? "taken out of rotation by " + applied
                : "not taken out of rotation: the pod has neither the label lastcall.dev/rotation nor the readiness gate"
                        + " lastcall.dev/in-rotation, or lastcall.serving.withdraw leaves them out, so new requests can"
                        + " still reach it. The pod keeps running until it is idle, at the latest until its force point"
                        + (applied.isEmpty() ? "" : " (set: " + applied + ")");
        String problem = withdrawn.withdrawal().problem();
        return onPod(
                problem != null,
                "ServingWithdrawn",
                withdrawn.pod(),
                (problem == null ? how : how + ", but: " + problem)
                        + (withdrawn.withdrawal().attached() == null
                                ? ""
                                : ". Not detached: no replacement could start, "
                                        + withdrawn.withdrawal().attached()));
    }

    private static DrainStory evicted(DrainEvent.Evicted evicted) {
        Duration grace = evicted.grace();
        return evicted.forced()
                ? onPod(
                        true,
                        "PodForced",
                        evicted.pod(),
                        "deleted instead of evicted (grace period " + grace.toSeconds()
                                + " s): its eviction was still not granted at the force point")
                : logged(false, "evicted " + evicted.pod() + " with " + grace.toSeconds() + " s of grace");
    }

    private static DrainStory ended(DrainEvent.PodEnded ended) {
        return switch (ended.result()) {
            case EVICTED, FORCED -> logged(false, ended.pod() + " is gone");
            case GONE -> logged(false, ended.pod() + " left by itself");
            case KEPT -> logged(false, ended.pod() + " was withdrawn and counted, and stays where it is");
            case FAILED -> logged(true, ended.pod() + " did not leave: " + ended.reason());
        };
    }

    private static DrainStory lost(DrainEvent.RequestsLost lost) {
        RequestCounts counts = lost.counts();
        return onPod(
                true,
                "RequestsLost",
                lost.pod(),
                counts.lost() + " requests lost: " + counts.aborted() + " aborted, " + counts.inFlight()
                        + " in flight when the engine went away. docs/OPERATIONS.md, \"Requests were lost\", has causes"
                        + " and remedies");
    }

    private static DrainStory completed(DrainReport report) {
        RequestCounts requests = report.requests();
        String counted = requests == null
                ? "no engine's counters could be read"
                : (requests.atNotice() + requests.admittedAfter()) + " requests: " + requests.finished() + " finished, "
                        + requests.lost() + " lost, " + requests.unknown() + " unknown";
        if (report.outcome().equals("cancelled")) {
            return logged(false, "the cancelled drain's count: " + counted);
        }
        if (report.dryRun()) {
            String score = report.score() == null ? "" : report.score().sentence() + "; ";
            return onNode(false, "DrainCompleted", score + planned(report.findings()) + " (dry run)");
        }
        boolean failed = report.outcome().equals("failed");
        Long unused = report.unusedNoticeMs();
        return onNode(
                failed,
                failed ? "DrainFailed" : "DrainCompleted",
                "pods: " + report.pods().evicted() + " evicted, "
                        + report.pods().forced() + " forced, "
                        + report.pods().failed() + " left behind; " + counted
                        + (unused == null ? "" : "; " + unused / 1000 + " s of notice unused")
                        + (report.cordonedAfterMs() == null ? "; the node was never cordoned" : "")
                        + (failed ? "; the annotation lastcall.dev/last-report says why" : ""));
    }

    /** An Event holds a kilobyte: the first decisions, and how many more there are; all of them stand in the report. */
    private static String planned(List<String> decisions) {
        if (decisions.isEmpty()) {
            return "nothing on this node would be touched";
        }
        int more = decisions.size() - TOLD;
        return String.join("; ", decisions.subList(0, Math.min(TOLD, decisions.size())))
                + (more > 0 ? "; and " + more + " more" : "");
    }

    /** @param deletesAt null where a refusal is never overruled */
    private static String next(@Nullable Instant deletesAt) {
        return deletesAt == null
                ? "Retrying until the drain ends; Lastcall does not delete the pod (lastcall.drain.force)"
                : "Retrying until " + seconds(deletesAt)
                        + "; after that Lastcall deletes the pod (lastcall.drain.force)";
    }

    private static Instant seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS);
    }

    private static String named(Notice notice) {
        return notice.kind().label() + " notice from " + notice.source();
    }

    private static DrainStory onNode(boolean warning, String reason, String text) {
        return new DrainStory(warning, reason, null, text);
    }

    private static DrainStory onPod(boolean warning, String reason, PodRef pod, String text) {
        return new DrainStory(warning, reason, pod, text);
    }

    private static DrainStory logged(boolean warning, String text) {
        return new DrainStory(warning, null, null, text);
    }
}
