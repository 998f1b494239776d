package dev.lastcall.drain;

import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the annotation {@code lastcall.dev/drain} says: the truth about a drain across restarts of the agent.
 *
 * @param startedAt when the agent first saw the notice; half of the notice's time is counted from here
 * @param cordonedByUs the node was schedulable before: only then may we ever uncordon it
 * @param labelledByUs the load balancer label was absent before
 * @param bootId the node's boot when the drain began: after another boot the interruption is behind it
 * @param baselines pod UID to its engine's first reading, of pods that have not gone yet: a restarted agent counts from
 *     the notice on
 * @param progress what the pods that have gone did
 */
public record DrainRecord(
        Interruption interruption,
        DrainPhase phase,
        Instant startedAt,
        boolean cordonedByUs,
        boolean labelledByUs,
        String agentVersion,
        @Nullable String bootId,
        Map<String, Baseline> baselines,
        DrainProgress progress) {

    /** An engine's counters at the first reading after the notice. */
    public record Baseline(long inFlight, long finished, long aborted) {}

    /** The record of a drain that has just begun. */
    public static DrainRecord of(
            Notice notice,
            DrainPhase phase,
            boolean cordonedByUs,
            boolean labelledByUs,
            String version,
            @Nullable String bootId) {
        return new DrainRecord(
                notice.interruption(),
                phase,
                notice.noticedAt(),
                cordonedByUs,
                labelledByUs,
                version,
                bootId,
                Map.of(),
                DrainProgress.NONE);
    }

    public DrainRecord with(DrainPhase next) {
        return with(next, baselines, progress);
    }

    public DrainRecord with(Map<String, Baseline> known) {
        return with(phase, known, progress);
    }

    public DrainRecord with(DrainProgress sum) {
        return with(phase, baselines, sum);
    }

    private DrainRecord with(DrainPhase next, Map<String, Baseline> known, DrainProgress sum) {
        return new DrainRecord(
                interruption,
                next,
                startedAt,
                cordonedByUs,
                labelledByUs,
                agentVersion,
                bootId,
                Map.copyOf(known),
                sum);
    }

    /** This drain goes on with what the first successful patch found on the Node. */
    public DrainRecord foundBy(DrainRecord cordon) {
        return with(phase == DrainPhase.NOTICED ? cordon.phase : phase)
                .on(cordon.cordonedByUs, cordon.labelledByUs, cordon.bootId);
    }

    /** Nothing on the Node is ours any more. */
    public DrainRecord givenBack() {
        return on(false, false, bootId);
    }

    private DrainRecord on(boolean cordoned, boolean labelled, @Nullable String boot) {
        return new DrainRecord(
                interruption, phase, startedAt, cordoned, labelled, agentVersion, boot, baselines, progress);
    }

    /** Another notice took over: the drain keeps its id and its start, kind and deadline follow. */
    public DrainRecord takenOverBy(Notice notice) {
        return new DrainRecord(
                interruption.takenOverBy(notice.interruption()),
                phase,
                startedAt,
                cordonedByUs,
                labelledByUs,
                agentVersion,
                bootId,
                baselines,
                progress);
    }

    public String id() {
        return interruption.id();
    }

    public NoticeKind kind() {
        return interruption.kind();
    }

    public String source() {
        return interruption.source();
    }

    public @Nullable Instant deadline() {
        return interruption.deadline();
    }

    public boolean dryRun() {
        return interruption.dryRun();
    }

    /** The notice this record stands for, as a restarted agent takes it up again. */
    public Notice notice() {
        return new Notice(interruption, startedAt, 0);
    }

    /** The annotation's JSON object: times as RFC 3339, absent instead of null. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id());
        map.put("kind", kind().label());
        if (interruption.behavesAs() != kind()) {
            map.put("behavesAs", interruption.behavesAs().label());
        }
        map.put("source", source());
        Instant deadline = deadline();
        if (deadline != null) {
            map.put("deadline", deadline.toString());
        }
        map.put("phase", phase.label());
        map.put("startedAt", startedAt.toString());
        map.put("cordonedByUs", cordonedByUs);
        map.put("labelledByUs", labelledByUs);
        if (dryRun()) {
            map.put("dryRun", true);
        }
        map.put("agentVersion", agentVersion);
        if (bootId != null) {
            map.put("bootId", bootId);
        }
        if (!baselines.isEmpty()) {
            Map<String, Object> readings = new LinkedHashMap<>();
            baselines.forEach((uid, b) -> readings.put(uid, List.of(b.inFlight(), b.finished(), b.aborted())));
            map.put("baselines", readings);
        }
        if (!progress.equals(DrainProgress.NONE)) {
            map.put("progress", progress.toMap());
        }
        return map;
    }

    /** Reads the annotation back; empty when somebody else's hand made it unreadable. */
    public static Optional<DrainRecord> fromMap(Map<String, ?> map) {
        try {
            NoticeKind kind = NoticeKind.ofLabel(text(map, "kind")).orElseThrow();
            NoticeKind behavesAs = map.containsKey("behavesAs")
                    ? NoticeKind.ofLabel(text(map, "behavesAs")).orElseThrow()
                    : kind;
            return Optional.of(new DrainRecord(
                    new Interruption(
                            text(map, "id"),
                            kind,
                            behavesAs,
                            text(map, "source"),
                            map.containsKey("deadline") ? Instant.parse(text(map, "deadline")) : null,
                            Boolean.TRUE.equals(map.get("dryRun"))),
                    DrainPhase.ofLabel(text(map, "phase")).orElseThrow(),
                    Instant.parse(text(map, "startedAt")),
                    Boolean.TRUE.equals(map.get("cordonedByUs")),
                    Boolean.TRUE.equals(map.get("labelledByUs")),
                    map.containsKey("agentVersion") ? text(map, "agentVersion") : "",
                    map.containsKey("bootId") ? text(map, "bootId") : null,
                    baselines(map.get("baselines")),
                    DrainProgress.fromMap(map.get("progress"))));
        } catch (RuntimeException unreadable) {
            return Optional.empty();
        }
    }

    private static String text(Map<String, ?> map, String key) {
        if (map.get(key) instanceof String value) {
            return value;
        }
        throw new IllegalArgumentException(key);
    }

    private static Map<String, Baseline> baselines(@Nullable Object value) {
        Map<String, Baseline> found = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((uid, numbers) -> {
                if (numbers instanceof List<?> list && list.size() == 3) {
                    found.put(
                            String.valueOf(uid),
                            new Baseline(whole(list.get(0)), whole(list.get(1)), whole(list.get(2))));
                }
            });
        }
        return Map.copyOf(found);
    }

    private static long whole(@Nullable Object number) {
        return number instanceof Number n ? n.longValue() : 0;
    }
}
