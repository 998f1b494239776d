package dev.lastcall.bench;

import dev.lastcall.bench.mass.MassPreemption;
import dev.lastcall.bench.modes.NoticeModes;
import dev.lastcall.bench.requests.RequestsThroughDrains;
import dev.lastcall.bench.surge.SurgeBeforeEviction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** {@code make bench}: measures, prints Markdown tables with the machine's facts, and leaves them in target/bench. */
public final class Bench {
    private static final int WARM_UP = 30;
    private static final int NOTICES = 200;
    private static final int NOTICES_PER_CLOUD = 5;
    /** A p99 needs a hundred. */
    private static final int COLD_PROCESSES = 100;
    /** The compiler needs some thousand polls to be done with the code of a poll. */
    private static final int WARM_UP_POLLS = 5_000;

    private static final int POLLS = 10_000;

    private static final int LINT_RUNS = 10;

    private static final String MINUTES = "minutes=";
    private static final double DEFAULT_MINUTES = 10;

    private Bench() {}

    public static void main(String[] arguments) {
        int code = 1;
        try {
            measure(List.of(arguments));
            code = 0;
        } catch (Exception failed) {
            System.err.println("bench: " + failed);
        }
        // The clients' own threads are no daemons: without this a failed measurement would never end.
        System.exit(code);
    }

    /**
     * @param arguments any of {@code cordon}, {@code reaction}, {@code cold}, {@code memory}, {@code gpu}, {@code lint}, {@code requests}, {@code mass}, {@code surge}, {@code modes}, {@code fleet} and {@code footprint}, else all of them;
     *     and {@code minutes=N}, for how long the footprint's CPU time is counted
     */
    private static void measure(List<String> arguments) throws Exception {
        Duration steady = minutes(arguments);
        List<String> only =
                arguments.stream().filter(word -> !word.startsWith(MINUTES)).toList();
        StringBuilder page = new StringBuilder(machine());
        if (only.isEmpty() || only.contains("cordon")) {
            try (NoticeToCordon bench = new NoticeToCordon()) {
                List<List<Double>> samples = bench.run(WARM_UP, NOTICES);
                page.append(table(samples.get(0), samples.get(1))).append('\n');
            }
        }
        if (only.isEmpty() || only.contains("reaction")) {
            try (NoticeReaction bench = new NoticeReaction()) {
                page.append(NoticeReaction.table(bench.run(NOTICES_PER_CLOUD))).append('\n');
            }
        }
        if (only.isEmpty() || only.contains("cold")) {
            page.append(ColdCordon.measure(COLD_PROCESSES)).append('\n');
        }
        if (only.isEmpty() || only.contains("memory")) {
            page.append(PollingMemory.run(WARM_UP_POLLS, POLLS, 4));
        }
        if (only.isEmpty() || only.contains("gpu")) {
            page.append(GpuSide.measure());
        }
        if (only.isEmpty() || only.contains("lint")) {
            page.append(LintSpeed.measure(LINT_RUNS)).append('\n');
        }
        if (only.isEmpty() || only.contains("requests")) {
            page.append(RequestsThroughDrains.measure()).append('\n');
        }
        if (only.isEmpty() || only.contains("mass")) {
            page.append(MassPreemption.measure()).append('\n');
        }
        if (only.isEmpty() || only.contains("surge")) {
            page.append(SurgeBeforeEviction.measure()).append('\n');
        }
        if (only.isEmpty() || only.contains("modes")) {
            page.append(NoticeModes.measure()).append('\n');
        }
        if (only.isEmpty() || only.contains("fleet")) {
            page.append(Fleet.measure()).append('\n');
        }
        if (only.isEmpty() || only.contains("footprint")) {
            page.append(Footprint.measure(steady).markdown());
        }
        Path results = Path.of("target", "bench", "RESULTS.md");
        Files.createDirectories(results.getParent());
        Files.writeString(results, page);
        System.out.println(page);
        System.out.println("written to " + results);
    }

    private static Duration minutes(List<String> arguments) {
        String given = arguments.stream()
                .filter(word -> word.startsWith(MINUTES))
                .map(word -> word.substring(MINUTES.length()))
                .findFirst()
                .orElse("");
        try {
            double minutes = given.isEmpty() ? DEFAULT_MINUTES : Double.parseDouble(given);
            if (minutes > 0 && minutes <= 24 * 60) {
                return Duration.ofMillis(Math.round(minutes * 60_000));
            }
        } catch (NumberFormatException words) {
            // Said below, as any other value that can't be meant.
        }
        throw new IllegalArgumentException("minutes=" + given + " is not a number of minutes; try minutes=10");
    }

    private static String table(List<Double> ours, List<Double> bare) {
        return String.format(
                Locale.ROOT,
                """
                | what | n | p50 | p99 | max |
                |---|---|---|---|---|
                | answer's last byte to 200 on the cordon | %d | %.2f ms | %.2f ms | %.2f ms |
                | the same patch, only sent | %d | %.2f ms | %.2f ms | %.2f ms |
                | ratio | | %.2f | %.2f | |
                """,
                ours.size(),
                at(ours, 0.5),
                at(ours, 0.99),
                at(ours, 1),
                bare.size(),
                at(bare, 0.5),
                at(bare, 0.99),
                at(bare, 1),
                at(ours, 0.5) / at(bare, 0.5),
                at(ours, 0.99) / at(bare, 0.99));
    }

    /** Nearest rank. */
    static double at(List<Double> samples, double share) {
        List<Double> sorted = samples.stream().sorted().toList();
        return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
    }

    static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }

    /** The load average of the last minute. */
    static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    }

    private static String machine() throws IOException {
        return String.format(
                Locale.ROOT,
                "%s: %s, %d cores, %s of memory, Linux %s, JDK %s, load %s at the start%n%n",
                LocalDate.now(java.time.ZoneOffset.UTC),
                line("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                line("/proc/meminfo", "MemTotal"),
                System.getProperty("os.version"),
                System.getProperty("java.version"),
                load());
    }

    private static String line(String file, String key) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        }
    }
}
