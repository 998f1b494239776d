package dev.lastcall.demo;

import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.RequestRecord;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of the requests on the doomed pods, as their clients saw it.
 *
 * @param atNotice under way when the notice was seen
 * @param admittedAfter reached a doomed pod after it
 * @param avoidable lost, though their remaining time was shorter than the promise
 * @param rejected sent after the notice and answered by nobody: not lost, their sender knows at once
 * @param lastEnd when the last of the lost ones came to its end; the notice where none was lost
 * @param pods what became of them by pod
 */
record Score(
        long atNotice,
        long admittedAfter,
        long finished,
        long lost,
        long avoidable,
        long rejected,
        Instant lastEnd,
        Map<String, OnPod> pods) {

    record OnPod(long finished, long lost) {}

    /**
     * @param doomed names of the pods on the node
     * @param notice requests that ended before it are no part of this
     * @param promise what would have ended by then must not be lost
     */
    static Score of(List<RequestRecord> ended, Collection<String> doomed, Instant notice, Instant promise) {
        List<RequestRecord> there = ended.stream()
                .filter(r -> r.pod() != null && doomed.contains(r.pod()))
                .filter(r -> r.end().isAfter(notice))
                .filter(r -> !(r.outcome() instanceof Outcome.Rejected))
                .toList();
        List<RequestRecord> lost =
                there.stream().filter(r -> r.outcome().lost()).toList();
        Map<String, OnPod> pods = new TreeMap<>();
        for (String pod : doomed) {
            long all = there.stream().filter(r -> pod.equals(r.pod())).count();
            long gone = lost.stream().filter(r -> pod.equals(r.pod())).count();
            pods.put(pod, new OnPod(all - gone, gone));
        }
        long before = there.stream().filter(r -> !r.start().isAfter(notice)).count();
        return new Score(
                before,
                there.size() - before,
                there.size() - lost.size(),
                lost.size(),
                lost.stream()
                        .filter(r -> !r.start().plus(r.asked()).isAfter(promise))
                        .count(),
                ended.stream()
                        .filter(r -> r.outcome() instanceof Outcome.Rejected
                                && r.end().isAfter(notice))
                        .count(),
                lost.stream().map(RequestRecord::end).max(Instant::compareTo).orElse(notice),
                pods);
    }

    long total() {
        return finished + lost;
    }
}
