package dev.lastcall.serving;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which of a pod's ports have an engine behind them, learned round by round; immutable. One round is one question to
 * every port that may have one.
 *
 * @param engines ports that have answered with a known engine's metrics
 * @param silent ports that may have an engine, to how often in a row they have not answered in time
 * @param readings of the last round
 * @param complete the last round heard every engine there can be, each with whole numbers
 * @param trouble why an engine could not be read in the last round, or none was found; null where all is well
 */
record EngineRound(
        Set<Integer> engines,
        Map<Integer, Integer> silent,
        Map<Integer, EngineReading> readings,
        boolean complete,
        @Nullable String trouble) {
    static final EngineRound NONE = new EngineRound(Set.of(), Map.of(), Map.of(), false, null);
    /** A port that is silent for this long is no engine: one of them may be slow, but not for seconds. */
    static final int PATIENCE = 5;

    /** The ports to ask next. The default port is one of them as long as no other is known. */
    Set<Integer> ask(EngineEndpoints at) {
        Set<Integer> ports = new LinkedHashSet<>(at.certain());
        if (at.certain().isEmpty()) {
            ports.addAll(at.possible());
            ports.addAll(engines);
            if (engines.isEmpty()) {
                ports.add(EngineEndpoints.DEFAULT_PORT);
            }
        }
        return ports;
    }

    EngineRound next(EngineEndpoints at, Map<Integer, EngineAnswer> answers) {
        Map<Integer, EngineReading> read = new TreeMap<>();
        Map<Integer, Integer> waiting = new TreeMap<>();
        String why = at.host() == null ? "the pod has no address yet" : null;
        for (Map.Entry<Integer, EngineAnswer> answer : answers.entrySet()) {
            int port = answer.getKey();
            String problem = null;
            switch (answer.getValue()) {
                case EngineAnswer.Page page -> {
                    Optional<EngineReading> reading = EngineMetrics.parse(page.text());
                    reading.ifPresent(found -> read.put(port, found));
                    problem = reading.isPresent() ? null : EngineMetrics.silence(page.text());
                }
                case EngineAnswer.Other other -> problem = other.why();
                case EngineAnswer.Silence _ -> {
                    waiting.put(port, silent.getOrDefault(port, 0) + 1);
                    problem = "no answer in time";
                }
            }
            if (problem != null
                    && (why == null
                            || at.certain().contains(port)
                            || at.possible().contains(port))) {
                why = "port " + port + at.path() + ": " + problem;
            }
        }
        if (at.certain().isEmpty()) {
            mindTheDefault(at, read, waiting);
        }
        Set<Integer> known = new TreeSet<>(engines);
        known.addAll(read.keySet());
        Set<Integer> expected = at.certain().isEmpty() ? known : Set.copyOf(at.certain());
        boolean all = !expected.isEmpty()
                && read.keySet().containsAll(expected)
                && read.values().stream().allMatch(EngineReading::whole)
                && waiting.values().stream().noneMatch(times -> times < PATIENCE)
                && at.unknowable() == null;
        return new EngineRound(
                Set.copyOf(known),
                Map.copyOf(waiting),
                Map.copyOf(read),
                all,
                read.keySet().containsAll(expected) && !expected.isEmpty() ? null : why);
    }

    /** The default port counts only where no declared one is an engine, or may still turn out to be one. */
    private void mindTheDefault(EngineEndpoints at, Map<Integer, EngineReading> read, Map<Integer, Integer> waiting) {
        int fallback = EngineEndpoints.DEFAULT_PORT;
        if (at.possible().contains(fallback) || engines.contains(fallback)) {
            return;
        }
        boolean declared = read.keySet().stream().anyMatch(at.possible()::contains)
                || waiting.entrySet().stream()
                        .anyMatch(each -> each.getKey() != fallback && each.getValue() < PATIENCE);
        if (declared) {
            read.remove(fallback);
            waiting.remove(fallback);
        }
    }

    /** Ports that were asked in vain often enough to be given up, as words. */
    String givenUp() {
        return silent.entrySet().stream()
                .filter(each -> each.getValue() >= PATIENCE)
                .map(each -> String.valueOf(each.getKey()))
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
