package dev.lastcall.bench;

import com.sun.management.ThreadMXBean;
import dev.lastcall.allocation.GpuPicture;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.metrics.GpuMeters;
import dev.lastcall.metrics.MetricsPage;
import dev.lastcall.support.agent.AgentProcess;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A full node, eight A100 with seven MIG instances each, on the simulated driver: how long a scan takes, what a scrape costs,
 * how large the process is after a thousand of them. The simulator answers at once, so these are figures of the agent alone.
 */
final class GpuSide {

    private static final Path LIBRARY = Path.of("target/nvml-sim/libnvidia-ml.so.1");
    private static final int WARM_UP = 1000;
    private static final int SCANS = 300;
    /** As many as the compiler needs: after a thousand, it still works on the second core while the next are measured. */
    private static final int SCRAPES_BEFORE = 3000;

    private static final int SCRAPES = 1000;

    private final StringBuilder rows = new StringBuilder();

    private GpuSide() {}

    /** The table, or one line that says why there is none. */
    static String measure() throws Exception {
        if (!Files.exists(LIBRARY)) {
            return "\nGPU side: not measured, the NVML simulator is not built (make nvml-sim)\n";
        }
        GpuSide side = new GpuSide();
        Path folder = Files.createTempDirectory("lastcall-bench");
        Path library = Files.copy(LIBRARY, folder.resolve("libnvidia-ml.so.1"));
        Files.writeString(folder.resolve("scenario.json"), fullNode());
        side.scans(library.toString());
        side.scrapes(library.toString());
        side.fragmentation();
        return "\n| GPU side, 8 × A100 × 7 on the simulator | n | p50 | p99 | max |\n|---|---|---|---|---|\n"
                + side.rows;
    }

    /** Scans by the reader, and what it takes to write their series and to put them on a page. */
    private void scans(String library) {
        NvmlOptions options = NvmlOptions.of(library, Duration.ofSeconds(5));
        try (NvmlGpuReader reader = new NvmlGpuReader(options, InstantSource.system(), () -> {})) {
            List<Double> millis = new ArrayList<>();
            for (int i = 0; i < WARM_UP + SCANS; i++) {
                double took = reader.scan().took().toNanos() / 1e6;
                if (i >= WARM_UP) {
                    millis.add(took);
                }
            }
            quantiles("one scan, ms", millis);
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            GpuMeters meters = new GpuMeters(registry);
            GpuPicture picture =
                    GpuPicture.of(reader.scan(), new ProfileWeights.Uniform(), Optional.empty(), (gpu, defect) -> {
                        throw defect;
                    });
            meters.publish(picture);
            MetricsPage page = new MetricsPage(registry);
            page.render(null, null, (contentType, gzipped, bytes, length) -> {});
            work("publishing a scan, its text included", () -> meters.publish(picture));
            work(
                    "one page of the GPU families",
                    () -> page.render(null, null, (contentType, gzipped, bytes, length) -> {}));
        }
    }

    private void work(String what, Runnable work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Double> kilobytes = new ArrayList<>();
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < WARM_UP + SCANS; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            long begun = System.nanoTime();
            work.run();
            long took = System.nanoTime() - begun;
            long after = threads.getCurrentThreadAllocatedBytes();
            if (i >= WARM_UP) {
                kilobytes.add((after - before) / 1024.0);
                millis.add(took / 1e6);
            }
        }
        quantiles(what + ", ms", millis);
        quantiles("allocated by it, KiB", kilobytes);
    }

    /** Over HTTP, from the packaged program. */
    private void scrapes(String library) throws Exception {
        try (AgentProcess agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.library", library)
                .start()) {
            while (!agent.get("/metrics").body().contains("lastcall_mig_info")) {
                Thread.onSpinWait();
            }
            double started = rss(agent);
            List<Double> millis = new ArrayList<>();
            int bytes = 0;
            try (Scraper scraper = new Scraper(agent.port())) {
                for (int i = 0; i < SCRAPES_BEFORE + SCRAPES; i++) {
                    long begun = System.nanoTime();
                    bytes = scraper.scrape();
                    if (i >= SCRAPES_BEFORE) {
                        millis.add((System.nanoTime() - begun) / 1e6);
                    }
                }
            }
            quantiles("one scrape over HTTP, ms", millis);
            single("bytes of a scrape", bytes, "");
            single("RSS after the first scrape, MiB", started, "");
            single("RSS after " + (SCRAPES_BEFORE + SCRAPES) + " scrapes, MiB", rss(agent), "");
        }
    }

    /** JMH, shortened: {@link FragmentationBench} by itself runs longer. */
    private void fragmentation() throws RunnerException {
        Runner runner = new Runner(new OptionsBuilder()
                .include(FragmentationBench.class.getSimpleName())
                .warmupIterations(4)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(3)
                .measurementTime(TimeValue.milliseconds(500))
                .verbosity(VerboseMode.SILENT)
                .build());
        for (RunResult result : runner.run()) {
            String layout = result.getParams().getParam("instances");
            single(
                    "fragmentation of one H100, µs, " + (layout.isEmpty() ? "empty" : layout),
                    result.getPrimaryResult().getScore(),
                    "JMH mean");
        }
    }

    private void quantiles(String what, List<Double> samples) {
        rows.append(String.format(
                Locale.ROOT,
                "| %s | %d | %.2f | %.2f | %.2f |%n",
                what,
                samples.size(),
                Bench.at(samples, 0.5),
                Bench.at(samples, 0.99),
                Bench.at(samples, 1)));
    }

    private void single(String what, double value, String note) {
        String format = value == Math.rint(value) ? "| %s | %s | %.0f | | |%n" : "| %s | %s | %.1f | | |%n";
        rows.append(String.format(Locale.ROOT, format, what, note, value));
    }

    private static double rss(AgentProcess agent) throws IOException {
        return ProcessReading.of(agent.pid()).residentMiB();
    }

    private static String fullNode() {
        String instances = IntStream.range(0, 7)
                .mapToObj(slice -> "{\"profile\": \"1g.5gb\", \"start\": %d}".formatted(slice))
                .collect(Collectors.joining(","));
        return IntStream.range(0, 8)
                .mapToObj(gpu -> "{\"geometry\": \"a100-40\", \"mig\": true, \"instances\": [%s]}".formatted(instances))
                .collect(Collectors.joining(",", "{\"gpus\": [", "]}"));
    }
}
