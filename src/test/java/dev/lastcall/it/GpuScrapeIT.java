package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** dcgm-exporter#599: look-ups in the driver with every scrape were ten cores and hanging scrapes on H200 nodes. */
@Tag("alone")
class GpuScrapeIT {

    @TempDir
    Path folder;

    @Test
    void two_hundred_scrapes_of_the_packaged_program_make_no_driver_call() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "a100-40", "mig": true, "instances": [{"profile": "1g.5gb", "start": 0}]},
                          {"geometry": "t4", "uuid": "GPU-t4"}]}
                """);
        try (AgentProcess agent = AgentProcess.builder()
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "none")
                .config("lastcall.gpu.scan-interval", "10m")
                .config("lastcall.gpu.library", sim.library())
                .start()) {
            await("the first scan")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> agent.get("/metrics").body().contains("GPU-t4"));
            await("whatever else the start asked for has been asked")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> scanCalls(sim), new Settled()::same);
            List<NvmlSim.Call> before = scanCalls(sim);

            for (int i = 0; i < 200; i++) {
                assertThat(agent.get("/metrics").statusCode()).isEqualTo(200);
            }

            assertThat(scanCalls(sim)).isEqualTo(before).hasSizeGreaterThan(50);
        }
    }

    /** The event thread waits in the driver all the time, scrape or not. */
    private static List<NvmlSim.Call> scanCalls(NvmlSim sim) throws Exception {
        return sim.calls().stream()
                .filter(call -> !call.function().equals("nvmlEventSetWait_v2"))
                .toList();
    }

    /** True for the second of two equal readings. */
    private static final class Settled {
        private List<NvmlSim.Call> last = List.of();

        boolean same(List<NvmlSim.Call> now) {
            boolean equal = now.equals(last);
            last = now;
            return equal;
        }
    }
}
