package dev.lastcall.bench;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The program as a process: how long from its start to ready, and what it holds in memory after the start and after scrapes.
 * It reads its Node from a real API server and eight simulated A100s of seven MIG devices each.
 */
final class Footprint {
    private static final int STARTS = 10;
    private static final int SCRAPES = 300;
    private static final int MORE_SCRAPES = 3_000;
    private static final Duration SETTLE = Duration.ofSeconds(12);
    private static final String NODE = "footprint";
    private static final String HEAD = """

            | program | file | start to ready, p50 of %d | max | RSS after start | after %d scrapes | after %d | peak |
            |---|---|---|---|---|---|---|---|
            """;

    private final ControlPlane plane;
    private final Path folder = Files.createTempDirectory("footprint");

    Footprint(ControlPlane plane) throws IOException {
        this.plane = plane;
        plane.client()
                .nodes()
                .resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NODE)
                        .endMetadata()
                        .build())
                .create();
    }

    String table() throws Exception {
        StringBuilder rows = new StringBuilder(HEAD.formatted(STARTS, SCRAPES, MORE_SCRAPES));
        rows.append(row("jar", Path.of("target/quarkus-app/quarkus-run.jar"), size(Path.of("target/quarkus-app"))));
        Path executable = Path.of("target/lastcall-agent");
        if (Files.isExecutable(executable)) {
            rows.append(row("native", executable, Files.size(executable)));
        } else {
            System.err.println("bench: no target/lastcall-agent, so no native row (make native builds it)");
        }
        return rows.toString();
    }

    private String row(String name, Path program, long bytes) throws Exception {
        System.err.println("bench: " + name + ", " + STARTS + " starts, then " + MORE_SCRAPES + " scrapes");
        System.setProperty("lastcall.agent", program.toString());
        try {
            List<Double> starts = new ArrayList<>();
            for (int i = 0; i < STARTS; i++) {
                try (AgentProcess agent = start(starts)) {
                    agent.stop();
                }
            }
            try (AgentProcess agent = start(starts)) {
                // Longer than the scan interval: a scan, the watches and the rehearsal of the cordon are in the figure.
                LockSupport.parkNanos(SETTLE.toNanos());
                double atStart = megabytes(agent, "VmRSS");
                scrape(agent, SCRAPES);
                double some = megabytes(agent, "VmRSS");
                scrape(agent, MORE_SCRAPES - SCRAPES);
                return String.format(
                        Locale.ROOT,
                        "| %s | %.0f MB | %.0f ms | %.0f ms | %.1f MiB | %.1f MiB | %.1f MiB | %.1f MiB |%n",
                        name,
                        bytes / 1e6,
                        Bench.at(starts, 0.5),
                        Bench.at(starts, 1),
                        atStart,
                        some,
                        megabytes(agent, "VmRSS"),
                        megabytes(agent, "VmHWM"));
            }
        } finally {
            System.clearProperty("lastcall.agent");
        }
    }

    private AgentProcess start(List<Double> starts) throws Exception {
        AgentProcess.Builder builder = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", NODE)
                .config("lastcall.notice.provider", "none");
        library()
                .ifPresent(library -> builder.config("lastcall.gpu.library", library.toString())
                        .env(
                                "NVML_SIM_SCENARIO",
                                folder.resolve("scenario.json").toString()));
        long began = System.nanoTime();
        AgentProcess agent = builder.launch();
        while (!ready(agent)) {
            if (!agent.isAlive()
                    || System.nanoTime() - began > Duration.ofMinutes(1).toNanos()) {
                throw new IOException("not ready:\n" + String.join("\n", agent.lines()));
            }
            LockSupport.parkNanos(1_000_000);
        }
        starts.add((System.nanoTime() - began) / 1e6);
        return agent;
    }

    private static boolean ready(AgentProcess agent) throws InterruptedException {
        try {
            return agent.get("/health/ready").statusCode() == 200;
        } catch (IOException notListening) {
            return false;
        }
    }

    private static void scrape(AgentProcess agent, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            agent.get("/metrics");
        }
    }

    private static double megabytes(AgentProcess agent, String field) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(agent.pid()), "status"))) {
            return lines.filter(line -> line.startsWith(field + ":"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                            .findFirst()
                            .orElseThrow()
                    / 1024.0;
        }
    }

    private Optional<Path> library() throws IOException {
        Path built = Path.of("target/nvml-sim/libnvidia-ml.so.1");
        Path copy = folder.resolve("libnvidia-ml.so.1");
        if (!Files.exists(built)) {
            return Optional.empty();
        }
        if (!Files.exists(copy)) {
            Files.copy(built, copy);
            String instances = String.join(
                    ",",
                    IntStream.range(0, 7)
                            .mapToObj("{\"profile\": \"1g.5gb\", \"start\": %d}"::formatted)
                            .toList());
            String gpu = "{\"geometry\": \"a100-40\", \"mig\": true, \"instances\": [" + instances + "]}";
            Files.writeString(
                    folder.resolve("scenario.json"),
                    "{\"gpus\": [" + String.join(",", java.util.Collections.nCopies(8, gpu)) + "]}");
        }
        return Optional.of(copy);
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
