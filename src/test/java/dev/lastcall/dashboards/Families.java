package dev.lastcall.dashboards;

import dev.lastcall.metrics.MetricNames;
import dev.lastcall.metrics.MetricSpec;
import dev.lastcall.metrics.MetricType;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which of the families that an expression names the agent publishes. */
final class Families {

    private static final Pattern NAME = Pattern.compile("\\blastcall_[a-z0-9_]+");

    private Families() {}

    static Set<String> unknown(Collection<String> expressions) {
        Set<String> known = MetricNames.all().stream().flatMap(Families::series).collect(Collectors.toSet());
        Set<String> unknown = new TreeSet<>();
        for (String expression : expressions) {
            Matcher names = NAME.matcher(expression);
            while (names.find()) {
                if (!known.contains(names.group())) {
                    unknown.add(names.group());
                }
            }
        }
        return unknown;
    }

    private static Stream<String> series(MetricSpec spec) {
        return spec.type() == MetricType.HISTOGRAM
                ? Stream.of("_bucket", "_sum", "_count", "_max").map(spec.name()::concat)
                : Stream.of(spec.name());
    }
}
