package dev.lastcall.bench;

import static org.awaitility.Awaitility.await;

import dev.lastcall.notice.Cloud;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.metadata.MetadataServices;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What ten thousand polls leave behind: resident memory of the packaged agent, whose heap is touched beforehand so that
 * only the rest of the process can grow, and the heap in use after a full collection. All clouds' sources, asked as often as
 * the configuration allows.
 */
final class PollingMemory {

    private static final List<Cloud> CLOUDS = List.of(Cloud.AWS, Cloud.GCP, Cloud.AZURE, Cloud.ALIBABA, Cloud.TENCENT);

    /** After so many polls. */
    private record Reading(int polls, double residentMiB, double heapMiB) {}

    static String run(int warmUp, int polls, int steps) throws Exception {
        AgentProcess.Builder builder = AgentProcess.builder()
                // C1 alone, as the JVM image runs: what C2 used and gave back stays resident and would hide a leak.
                .javaOptions("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "aws,gcp,azure,alibaba,tencent")
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1");
        for (String cloud : List.of("aws", "azure", "alibaba", "tencent")) {
            builder.config("lastcall.notice." + cloud + ".poll-interval", "100ms");
        }
        List<Reading> readings = new ArrayList<>();
        try (MetadataServices services = new MetadataServices()) {
            services.endpoints().forEach(builder::config);
            try (AgentProcess agent = builder.start()) {
                awaitPolls(services, warmUp);
                readings.add(read(agent, 0));
                for (int step = 1; step <= steps; step++) {
                    int done = polls * step / steps;
                    awaitPolls(services, warmUp + done);
                    readings.add(read(agent, done));
                    System.err.printf("bench: %d of %d polls%n", done, polls);
                }
            }
        }
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "| polls after the first %d | resident | heap in use after a collection |%n|---|---|---|%n",
                warmUp));
        readings.forEach(reading -> table.append(String.format(
                Locale.ROOT,
                "| %d | %.1f MiB | %.1f MiB |%n",
                reading.polls(),
                reading.residentMiB(),
                reading.heapMiB())));
        Reading first = readings.getFirst();
        Reading last = readings.getLast();
        table.append(String.format(
                Locale.ROOT,
                "| difference | %+.1f MiB | %+.1f MiB |%n",
                last.residentMiB() - first.residentMiB(),
                last.heapMiB() - first.heapMiB()));
        return table.toString();
    }

    private PollingMemory() {}

    private static void awaitPolls(MetadataServices services, int polls) {
        await(polls + " polls")
                .atMost(Duration.ofMinutes(30))
                .until(() -> CLOUDS.stream()
                                .mapToInt(cloud -> services.of(cloud).count())
                                .sum()
                        >= polls);
    }

    private static Reading read(AgentProcess agent, int polls) throws Exception {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        int code = new ProcessBuilder(jcmd.toString(), Long.toString(agent.pid()), "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("jcmd GC.run ended with " + code);
        }
        double heap = agent.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("jvm_memory_used_bytes{") && line.contains("area=\"heap\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
        return new Reading(polls, ProcessReading.of(agent.pid()).residentMiB(), heap / (1024 * 1024));
    }
}
