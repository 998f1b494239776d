package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide.Tally;
import dev.lastcall.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Adds up one drain. */
final class DrainReports {
    private DrainReports() {}

    static DrainReport of(DrainRun run, Notice notice, DrainPhase outcome, DrainSettings settings, Instant now) {
        List<String> findings = new ArrayList<>(run.findings());
        RequestCounts requests = RequestCounts.NONE;
        int servingPods = 0;
        int unread = 0;
        Optional<Duration> age = Optional.empty();
        Instant lastServingGone = run.podDrains().stream()
                .filter(pod -> pod.engine().isPresent())
                .map(pod -> pod.goneAt().orElse(now))
                .max(Instant::compareTo)
                .orElse(now);
        for (PodDrain pod : run.podDrains()) {
            Optional<Tally> tally = pod.lastTally();
            if (tally.isEmpty()) {
                continue;
            }
            servingPods++;
            pod.engine().ifPresent(engine -> findings.addAll(engine.findings()));
            if (!tally.get().read()) {
                unread++;
                findings.add("the counters of " + pod.pod().ref() + " never answered: its requests are not counted");
                continue;
            }
            requests = requests.plus(tally.get().counts());
            Duration reading = tally.get().lastReadingAge();
            if (reading != null && (age.isEmpty() || age.get().compareTo(reading) < 0)) {
                age = Optional.of(reading);
            }
        }
        run.podDrains().stream()
                .filter(pod -> pod.result().filter(r -> r == PodResult.FAILED).isPresent())
                .forEach(pod -> findings.add(pod.pod().ref() + " was still there when the time was over"));
        if (run.wasResumed()) {
            findings.add("the agent was restarted during this drain: pods that left before are not in these counts");
        }
        boolean allRead = unread == 0;
        boolean clean = allRead && requests.lost() == 0 && requests.unknown() == 0;
        Instant deadline = notice.deadline();
        long unused = !clean || deadline == null
                ? 0
                : Math.max(0, Duration.between(lastServingGone, deadline).toMillis());
        return new DrainReport(
                notice.id(),
                notice.kind(),
                notice.noticedAt(),
                deadline,
                run.cordonedAfterMs().orElse(null),
                run.withdrawnAfterMs().orElse(null),
                pods(run),
                servingPods > 0 && unread == servingPods ? null : requests,
                unread,
                age.map(Duration::toMillis).orElse(null),
                unused,
                outcome.label(),
                settings.dryRun() || notice.dryRun(),
                List.copyOf(findings));
    }

    private static DrainReport.Pods pods(DrainRun run) {
        return new DrainReport.Pods(
                count(run, PodResult.EVICTED),
                count(run, PodResult.FORCED),
                count(run, PodResult.GONE),
                (int) run.podDrains().stream()
                        .filter(pod -> Objects.equals(pod.result().orElse(PodResult.FAILED), PodResult.FAILED))
                        .count(),
                run.skippedPods().size());
    }

    private static int count(DrainRun run, PodResult result) {
        return (int) run.podDrains().stream()
                .filter(pod -> pod.result().filter(r -> r == result).isPresent())
                .count();
    }
}
