package dev.lastcall.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How long {@code lint} takes over a folder of manifests, from the start of the process to its end. */
final class LintSpeed {
    static final int MANIFESTS = 1000;
    /** Each of them a Deployment with its Service and its budget; every second one has a finding. */
    private static final String MANIFEST = """
            apiVersion: v1
            kind: Service
            metadata: {name: chat-%1$d}
            spec:
              selector: {app: chat-%1$d, lastcall.dev/rotation: in}
              ports: [{port: 80, targetPort: 8000}]
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: chat-%1$d}
            spec:
              maxUnavailable: 1
              unhealthyPodEvictionPolicy: AlwaysAllow
              selector: {matchLabels: {app: chat-%1$d}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: chat-%1$d}
            spec:
              replicas: 2
              selector: {matchLabels: {app: chat-%1$d}}
              template:
                metadata:
                  labels: {app: chat-%1$d, lastcall.dev/engine: vllm, lastcall.dev/rotation: in}
                spec:
                  enableServiceLinks: false
                  terminationGracePeriodSeconds: %2$d
                  containers:
                    - name: vllm
                      image: vllm/vllm-openai:v0.18.0
                      command: [vllm, serve, Qwen/Qwen3-8B, --shutdown-timeout, "20"]
                      lifecycle: {preStop: {sleep: {seconds: 5}}}
            """;

    private static final double TARGET_MILLIS = 1000;

    private LintSpeed() {}

    /** The table; a program that is not there is named with the way to get it. */
    static String measure(int runs) throws IOException, InterruptedException {
        Path folder = Path.of("target", "bench", "lint");
        Files.createDirectories(folder);
        for (int i = 0; i < MANIFESTS; i++) {
            Files.writeString(folder.resolve("chat-%d.yaml".formatted(i)), manifest(i));
        }
        Map<String, List<Double>> times = new LinkedHashMap<>();
        StringBuilder missing = new StringBuilder();
        for (Map.Entry<String, List<String>> program : programs().entrySet()) {
            Path file = Path.of(program.getValue().getLast());
            if (!Files.exists(file)) {
                missing.append("%n%s was not measured: %s is not there%n".formatted(program.getKey(), file));
                continue;
            }
            List<Double> millis = new ArrayList<>();
            for (int run = 0; run < runs; run++) {
                millis.add(once(program.getValue(), folder));
            }
            times.put(program.getKey(), millis);
        }
        return table(times) + missing;
    }

    static String manifest(int number) {
        return MANIFEST.formatted(number, number % 2 == 0 ? 30 : 20);
    }

    static String table(Map<String, List<Double>> times) {
        StringBuilder table = new StringBuilder(
                "| lint of %d manifests | n | p50 | max | target: 1 s |%n|---|---|---|---|---|%n".formatted(MANIFESTS));
        times.forEach((program, millis) -> {
            double middle = Bench.at(millis, 0.5);
            table.append(Bench.format(
                    "| %s | %d | %.2f s | %.2f s | %s |%n",
                    program,
                    millis.size(),
                    middle / 1000,
                    Bench.at(millis, 1) / 1000,
                    middle <= TARGET_MILLIS ? "kept" : "missed"));
        });
        return table.toString();
    }

    private static Map<String, List<String>> programs() {
        Map<String, List<String>> programs = new LinkedHashMap<>();
        programs.put("native", List.of("target/lastcall-agent"));
        programs.put(
                "JVM",
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        "target/quarkus-app/quarkus-run.jar"));
        return programs;
    }

    /** @throws IOException if it did not find what there is: a quick answer that is wrong is none */
    private static double once(List<String> program, Path folder) throws IOException, InterruptedException {
        Path answer = folder.resolveSibling("lint.json");
        List<String> command = Stream.concat(program.stream(), Stream.of("lint", "--output", "json", folder.toString()))
                .toList();
        long began = System.nanoTime();
        int code = new ProcessBuilder(command)
                .redirectOutput(answer.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        double millis = (System.nanoTime() - began) / 1e6;
        String found = Files.readString(answer);
        int findings = found.split("\"grace_too_short\"", -1).length - 1;
        if (code != 1 || findings != MANIFESTS / 2) {
            throw new IOException("%s ended with %d and %d findings of %d"
                    .formatted(String.join(" ", command), code, findings, MANIFESTS / 2));
        }
        return millis;
    }
}
