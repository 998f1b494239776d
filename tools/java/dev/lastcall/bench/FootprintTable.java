package dev.lastcall.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@link Footprint} measured, as Markdown. */
record FootprintTable(List<Row> rows, Map<String, String> absent, Duration steady, String load) {

    static final String NATIVE = "Lastcall, native";

    private static final double READY_MILLIS = 150;
    private static final double RESIDENT_MIB = 64;
    private static final double CORE_PERCENT = 1;
    private static final double IMAGE_MB = 60;

    /** One program's figures as they come in. Readings: after the start, after 300 scrapes, after 3000, after the minutes. */
    static final class Row {
        final Program program;
        final List<Double> starts = new ArrayList<>();
        final List<Double> empty = new ArrayList<>();
        final List<ProcessReading> readings = new ArrayList<>();
        double percent;
        long samples;

        Row(Program program) {
            this.program = program;
        }

        private ProcessReading last() {
            return readings.getLast();
        }
    }

    String markdown() {
        StringBuilder page = new StringBuilder(
                Bench.format("""

                | program | start to ready, p50 of %d | max | RSS after start | after %d scrapes | after %d | %s later | peak | of the last RSS anonymous |
                |---|---|---|---|---|---|---|---|---|
                """, Footprint.STARTS, Footprint.SCRAPES, Footprint.MORE_SCRAPES, minutes()));
        for (Row row : rows) {
            page.append(Bench.format(
                    "| %s | %.0f ms | %.0f ms |",
                    row.program.name(), Bench.at(row.starts, 0.5), Bench.at(row.starts, 1)));
            row.readings.forEach(reading -> page.append(Bench.format(" %.1f MiB |", reading.residentMiB())));
            page.append(Bench.format(
                    " %.1f MiB | %.1f MiB |%n", row.last().peakMiB(), row.last().anonymousMiB()));
        }
        page.append(Bench.format("""

                | program | of one core over %s | samples in a scrape | program on disk | compressed |
                |---|---|---|---|---|
                """, minutes()));
        for (Row row : rows) {
            page.append(Bench.format(
                    "| %s | %.2f %% | %d | %s | %s |%n",
                    row.program.name(),
                    row.percent,
                    row.samples,
                    row.program.size().onDisk(),
                    row.program.size().packed()));
        }
        page.append('\n');
        absent.forEach((name, reason) -> page.append(Bench.format("Not measured: %s: %s%n", name, reason)));
        page.append(Bench.format("The machine while CPU time was counted: %s.%n", load));
        rows.forEach(row -> page.append(Bench.format(
                "Of the start of %s, %.1f ms (p50) are those of any new process%s.%n",
                row.program.name(),
                Bench.at(row.empty, 0.5),
                row.program.wrapper().isEmpty() ? "" : " and its mount namespace")));
        rows.stream()
                .filter(row -> row.program.name().equals(NATIVE))
                .findFirst()
                .ifPresent(row -> page.append('\n').append(targets(row)));
        return page.toString();
    }

    private static String targets(Row row) {
        double resident = row.readings.stream()
                .mapToDouble(ProcessReading::residentMiB)
                .max()
                .orElseThrow();
        StringBuilder lines = new StringBuilder("Targets of the native executable: ");
        lines.append(target("ready", Bench.at(row.starts, 0.5), READY_MILLIS, "ms"))
                .append("; ");
        lines.append(target("resident", resident, RESIDENT_MIB, "MiB")).append("; ");
        lines.append(target("of one core", row.percent, CORE_PERCENT, "%")).append("; ");
        lines.append(target(row.program.size().how(), row.program.size().compressed() / 1e6, IMAGE_MB, "MB"));
        return lines.append(".\n").toString();
    }

    /** Whether a figure keeps its bound, and by how much not. */
    static String target(String what, double value, double bound, String unit) {
        String figures = Bench.format("%s %.2f %s of %.0f", what, value, unit, bound);
        return value <= bound ? figures + ", kept" : figures + Bench.format(", **missed** by %.2f", value - bound);
    }

    private String minutes() {
        long seconds = steady.toSeconds();
        return seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
    }
}
