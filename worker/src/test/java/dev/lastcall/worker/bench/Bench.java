package dev.lastcall.worker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Measures both programs, prints Markdown tables with the machine's facts, and leaves them in worker/target/bench. */
public final class Bench {

    private static final int STARTS = 10;
    private static final int HANDOVERS = 20;
    private static final int KILLS = 5;

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final Path EXECUTABLE = Path.of("../target/lastcall-worker");

    private Bench() {}

    /** One program's figures; times in ms. */
    record Row(String program, List<Double> starts, Memory memory, List<Double> handovers, List<Double> takeovers) {}

    /** In MiB: resident when it is ready, after a thousand jobs, and at most until then. */
    record Memory(double afterStart, double afterJobs, double peak) {}

    public static void main(String[] arguments) {
        int code = 1;
        try {
            measure();
            code = 0;
        } catch (Exception failed) {
            System.err.println("bench: " + failed);
        }
        System.exit(code);
    }

    private static void measure() throws Exception {
        String head = machine();
        List<Row> rows = new ArrayList<>();
        String missing = "";
        if (Files.isExecutable(EXECUTABLE)) {
            rows.add(row("native", List.of(EXECUTABLE.toString())));
        } else {
            missing = "\nNot measured: native: target/lastcall-worker is not there; make native-worker builds it\n";
        }
        // As its image starts it (native/image/build), as far as it is for memory and speed.
        rows.add(row(
                "JVM",
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms32m",
                        "-Xmx160m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-jar",
                        JAR.toString())));
        String page = head + table(rows) + missing;
        Path results = Path.of("target", "bench", "RESULTS.md");
        Files.createDirectories(results.getParent());
        Files.writeString(results, page);
        System.out.println(page);
        System.out.println("written to worker/" + results);
    }

    private static Row row(String name, List<String> command) throws Exception {
        System.err.println("bench: " + name + ": starts");
        List<Double> starts = Rounds.starts(command, STARTS);
        System.err.println("bench: " + name + ": a thousand jobs");
        Memory memory = Rounds.memory(command);
        System.err.println("bench: " + name + ": hand-over after SIGTERM");
        List<Double> handovers = Rounds.handovers(command, HANDOVERS);
        System.err.println("bench: " + name + ": take-over after SIGKILL");
        return new Row(name, starts, memory, handovers, Rounds.takeovers(command, KILLS));
    }

    private static String table(List<Row> rows) {
        StringBuilder page = new StringBuilder(format("""
                | program | start to ready, p50 of %d | max | RSS when ready | after %d jobs | peak |
                |---|---|---|---|---|---|
                """, STARTS, Rounds.JOBS));
        rows.forEach(row -> page.append(format(
                "| %s | %.0f ms | %.0f ms | %.1f MiB | %.1f MiB | %.1f MiB |%n",
                row.program,
                at(row.starts, 0.5),
                at(row.starts, 1),
                row.memory.afterStart,
                row.memory.afterJobs,
                row.memory.peak)));
        page.append(format("""

                | program | SIGTERM to the next worker's request, p50 of %d | max | SIGKILL to the same, p50 of %d | max | lease |
                |---|---|---|---|---|---|
                """, HANDOVERS, KILLS));
        rows.forEach(row -> page.append(format(
                "| %s | %.0f ms | %.0f ms | %.0f ms | %.0f ms | %d s |%n",
                row.program,
                at(row.handovers, 0.5),
                at(row.handovers, 1),
                at(row.takeovers, 0.5),
                at(row.takeovers, 1),
                Rounds.LEASE_SECONDS)));
        return page.toString();
    }

    /** Nearest rank. */
    private static double at(List<Double> samples, double share) {
        List<Double> sorted = samples.stream().sorted().toList();
        return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }

    private static String machine() throws IOException {
        return format(
                "%s: %s, %d cores, Linux %s, JDK %s, load %s at the start%n%n",
                LocalDate.now(ZoneOffset.UTC),
                model(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                System.getProperty("java.version"),
                Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
    }

    private static String model() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        }
    }
}
