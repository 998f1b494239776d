package dev.lastcall.serving;

import static dev.lastcall.serving.EngineReading.UNREADABLE;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Adds up one family's samples on one page. Series that differ only in the rank of a tensor, pipeline or context
 * parallel group show the same requests, so the largest of them counts; all others (models, data-parallel ranks, worker
 * processes) are shards and are added up.
 */
final class FamilySums {
    private static final Pattern REPLICA_LABEL =
            Pattern.compile("\\b(?:" + String.join("|", EngineMetrics.REPLICAS) + ")=\"[^\"]*\",?");
    /** SGLang's breakdown of a total that has the empty priority. */
    private static final Pattern ONE_PRIORITY = Pattern.compile("\\bpriority=\"[^\"]+\"");
    /** Beyond it a double has no whole numbers of its own: no counter of requests or tokens is that large. */
    private static final double LARGEST = 1L << 53;

    /** Behind the name of those samples of a counter that tell of failures. */
    private static final String FAILED = "!";

    private final MetricFamily family;
    private final String prefix;
    private final Set<String> names;
    private final Map<String, Sum> sums = new HashMap<>();
    private boolean gauge;

    /** The series of one name, without their replica labels; broken where a number of it was none. */
    private static final class Sum {
        private final Map<String, Double> series = new HashMap<>();
        private boolean broken;

        long total() {
            return broken ? UNREADABLE : readable();
        }

        long readable() {
            return Math.round(
                    series.values().stream().mapToDouble(Double::doubleValue).sum());
        }
    }

    FamilySums(MetricFamily family, String prefix) {
        this.family = family;
        this.prefix = prefix;
        this.names = Stream.of(
                        family.gauges(), family.finished(), family.aborted(), family.clientsLeft(), family.progress())
                .flatMap(List::stream)
                .collect(Collectors.toUnmodifiableSet());
    }

    Optional<EngineReading> read(String text) {
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            if (text.startsWith(prefix, at)) {
                take(text.substring(at, end));
            }
            at = end + 1;
        }
        if (!gauge) {
            return Optional.empty();
        }
        long inFlight = family.gauges().stream()
                .map(sums::get)
                .mapToLong(sum -> sum == null ? 0 : sum.readable())
                .sum();
        boolean whole = family.gauges().stream().map(sums::get).noneMatch(sum -> sum != null && sum.broken);
        return Optional.of(new EngineReading(
                inFlight,
                first(family.finished(), ""),
                combined(first(family.finished(), FAILED), first(family.aborted(), FAILED)),
                first(family.clientsLeft(), ""),
                progress(),
                whole,
                family.loose()));
    }

    private void take(String line) {
        String name = EngineMetrics.name(line).substring(prefix.length());
        if (!names.contains(name)
                || (family.loose() && ONE_PRIORITY.matcher(line).find())) {
            return;
        }
        boolean failed = family.failures().stream().anyMatch(line::contains);
        Sum sum = sums.computeIfAbsent(failed ? name + FAILED : name, _ -> new Sum());
        Double value = value(line);
        if (value == null) {
            sum.broken = true;
            return;
        }
        gauge |= family.gauges().contains(name);
        sum.series.merge(REPLICA_LABEL.matcher(labels(line)).replaceAll(""), value, Math::max);
    }

    /** The first of these names that the page has; 0 where it has none. */
    private long first(List<String> names, String suffix) {
        return names.stream()
                .map(name -> sums.get(name + suffix))
                .filter(Objects::nonNull)
                .findFirst()
                .map(Sum::total)
                .orElse(0L);
    }

    private static long combined(long a, long b) {
        return a < 0 || b < 0 ? UNREADABLE : a + b;
    }

    /** Every readable one added up: two spellings of one counter still move only when it does. */
    private long progress() {
        return family.progress().stream()
                .map(sums::get)
                .filter(sum -> sum != null && !sum.broken)
                .map(Sum::readable)
                .reduce(Long::sum)
                .orElse(UNREADABLE);
    }

    private static String labels(String line) {
        int from = line.indexOf('{');
        return from < 0 ? "" : line.substring(from, line.lastIndexOf('}') + 1);
    }

    /** The sample's value; null for what can be no count. */
    private static @Nullable Double value(String line) {
        int from = line.lastIndexOf('}') + 1;
        String rest = line.substring(from == 0 ? EngineMetrics.name(line).length() : from);
        try {
            double value = Double.parseDouble(rest.strip().split("\\s", 2)[0]);
            return value >= 0 && value <= LARGEST ? value : null;
        } catch (NumberFormatException broken) {
            return null;
        }
    }
}
