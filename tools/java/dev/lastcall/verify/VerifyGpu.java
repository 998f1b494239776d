package dev.lastcall.verify;

import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.metrics.GpuMeters;
import dev.lastcall.verify.Comparison.Row;
import dev.lastcall.verify.Comparison.Verdict;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code make verify-gpu}. Environment: {@code LASTCALL_GPU_LIBRARY} (libnvidia-ml.so.1), {@code NVIDIA_SMI} (nvidia-smi).
 * Exit code 0: every reading that both have agrees; 1: one does not, or too few could be compared; 69: no driver, no GPU or no
 * nvidia-smi on this machine.
 */
public final class VerifyGpu {

    private static final int UNAVAILABLE = 69;

    /** Fewer than these per GPU, and "nothing differs" would mean nothing. */
    private static final int LEAST = 12;

    private VerifyGpu() {}

    public static void main(String[] args) throws Exception {
        System.exit(run(System.getenv(), System.out));
    }

    static int run(Map<String, String> environment, PrintStream out) throws IOException, InterruptedException {
        String library = environment.getOrDefault("LASTCALL_GPU_LIBRARY", "libnvidia-ml.so.1");
        Smi smi = new Smi(environment.getOrDefault("NVIDIA_SMI", "nvidia-smi"));
        NvmlOptions options = NvmlOptions.of(library, Duration.ofSeconds(5));
        try (NvmlGpuReader reader = new NvmlGpuReader(options, InstantSource.system(), () -> {})) {
            GpuSnapshot first = reader.scan();
            if (!first.reader().ready()) {
                out.println("verify-gpu: no driver to verify against: "
                        + first.reader().text());
                return UNAVAILABLE;
            }
            if (first.gpus().isEmpty()) {
                out.println("verify-gpu: the driver is loaded and there is no GPU");
                return UNAVAILABLE;
            }
            Optional<String> missing = smi.missing();
            if (missing.isPresent()) {
                out.println("verify-gpu: " + missing.get());
                return UNAVAILABLE;
            }
            List<Series> before = published(reader.scan());
            SmiReport theirs = smi.report();
            List<Series> after = published(reader.scan());
            int code = judge(Comparison.of(before, after, theirs), first, out);
            out.println("published and not compared: " + notCompared(after));
            return code;
        }
    }

    private static int judge(List<Row> rows, GpuSnapshot seen, PrintStream out) {
        out.printf(
                "driver %s, %d GPUs; agent's reading against nvidia-smi's%n%n",
                seen.driver(), seen.gpus().size());
        out.println("| reading | agent | nvidia-smi | tolerance | |");
        out.println("|---|---|---|---|---|");
        for (Row row : rows) {
            String verdict = row.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            out.printf("| %s | %s | %s | %s | %s |%n", row.what(), row.ours(), row.theirs(), row.tolerance(), verdict);
        }
        long same = count(rows, Verdict.SAME);
        long wrong = count(rows, Verdict.DIFFERENT) + count(rows, Verdict.MISSING);
        out.printf(
                "%n%d compared, %d of them differ or are missing; %d nvidia-smi does not tell%n",
                same + wrong, wrong, count(rows, Verdict.NOT_TOLD));
        if (same + wrong < (long) LEAST * seen.gpus().size()) {
            out.printf("verify-gpu: fewer than %d per GPU: this nvidia-smi is not understood%n", LEAST);
            return 1;
        }
        return wrong == 0 ? 0 : 1;
    }

    /** Counters that nvidia-smi does not print, and what no tool of NVIDIA has. */
    private static String notCompared(List<Series> published) {
        Set<String> compared = Stream.concat(Check.OF_GPU.stream(), Check.OF_MIG.stream())
                .map(check -> "lastcall_" + check.family())
                .collect(Collectors.toSet());
        return published.stream()
                .map(Series::name)
                .filter(name -> name.matches("lastcall_(gpu|mig)_.*") && !name.endsWith("_info"))
                .filter(name -> !compared.contains(name))
                .map(name -> name.substring("lastcall_".length()))
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static long count(List<Row> rows, Verdict verdict) {
        return rows.stream().filter(row -> row.verdict() == verdict).count();
    }

    /** What a scrape would show of this scan. */
    static List<Series> published(GpuSnapshot snapshot) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new GpuMeters(registry)
                .publish(GpuPicture.of(snapshot, new ProfileWeights.Uniform(), Optional.empty(), (gpu, defect) -> {
                    throw defect;
                }));
        return Series.parse(registry.scrape());
    }
}
