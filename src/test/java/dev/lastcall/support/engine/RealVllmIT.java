package dev.lastcall.support.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.load.Calibration;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.Tally;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real vLLM beside the imitation: what the imitation claims is looked up here, wherever the real one is wanted. */
@Tag("alone")
class RealVllmIT {

    private static final Duration READY_WITHIN = Duration.ofMinutes(4);

    private final List<VllmProcessProgram.Server> started = new ArrayList<>();

    @BeforeAll
    static void install() throws Exception {
        String reason = "skipped: a real vLLM takes 1 GB and minutes; -D" + VllmInstallation.PROPERTY + "=true runs it";
        if (!VllmInstallation.wanted()) {
            System.out.println("RealVllmIT " + reason);
        }
        Assumptions.assumeTrue(VllmInstallation.wanted(), reason);
        VllmInstallation.ensure();
    }

    @AfterEach
    void killServers() {
        started.forEach(VllmProcessProgram.Server::kill);
    }

    @Test
    void a_real_engine_serves_what_the_imitation_serves_and_a_drain_finishes_its_streams() throws Exception {
        InetSocketAddress address = freeAddress();
        VllmProcessProgram.Server server = start(address, "--shutdown-timeout", "120");
        Calibration calibration = Calibration.measure(address, "mid", 3, 40);
        System.out.println("calibrated: " + calibration);

        assertThat(HttpCall.get(address, "/version").body()).isEqualTo("{\"version\":\"0.32.0\"}");
        assertThat(HttpCall.get(address, "/health")).isEqualTo(new HttpCall.Answer(200, ""));
        String metrics = HttpCall.get(address, "/metrics").body();
        assertThat(EngineProbe.value(
                        metrics,
                        "vllm:request_success_total{engine=\"0\",finished_reason=\"length\",model_name=\"mid\"}"))
                .isEqualTo(4);
        try (VllmEngine imitation = EngineProbe.start()) {
            String imitated =
                    HttpCall.get(imitation.address(), "/metrics").body().replace("\"tiny\"", "\"mid\"");
            assertThat(series(metrics)).containsAll(series(imitated));
        }

        LoadPlan plan = calibration.apply(
                LoadPlan.concurrency(3).lasting(Duration.ofSeconds(6)).atMost(3));
        LoadClient load = LoadClient.start(address, plan);
        await().atMost(Duration.ofSeconds(20)).until(() -> running(address) == 3);
        server.terminate();

        Tally tally = load.await(Duration.ofMinutes(3));
        System.out.println("drained with --shutdown-timeout: " + tally);
        assertThat(tally.finished()).as(tally.records().toString()).isEqualTo(3);
        assertThat(server.exited().get(60, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void by_default_a_real_engine_leaves_its_streams_in_silence_until_it_is_killed() throws Exception {
        InetSocketAddress address = freeAddress();
        VllmProcessProgram.Server server = start(address);
        Calibration calibration = Calibration.measure(address, "mid", 3, 40);
        LoadClient load = LoadClient.start(
                address,
                calibration.apply(
                        LoadPlan.concurrency(3).lasting(Duration.ofSeconds(40)).atMost(3)));
        await().atMost(Duration.ofSeconds(20)).until(() -> running(address) == 3);

        server.terminate();

        await().atMost(Duration.ofSeconds(20)).until(() -> EngineProbe.refuses(address));
        long[] bytes = openBytes(load);
        // Longer than any pause between two tokens, shorter than the requests still had to run.
        await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
        assertThat(openBytes(load)).hasSize(3).isEqualTo(bytes);
        assertThat(server.exited()).isNotDone();
        server.kill();
        Tally tally = load.await(Duration.ofSeconds(20));
        System.out.println("killed after silence: " + tally);
        assertThat(tally.records()).allMatch(r -> r.outcome().equals(new Outcome.Cut(Outcome.How.FIN)));
    }

    private VllmProcessProgram.Server start(InetSocketAddress address, String... flags) throws IOException {
        List<String> command = new ArrayList<>(List.of("vllm", "serve", "mid"));
        command.addAll(Arrays.asList(flags));
        PodContext context = new PodContext(
                new PodBuilder()
                        .withNewMetadata()
                        .withName("real-" + address.getPort())
                        .endMetadata()
                        .build(),
                address.getAddress(),
                address.getPort(),
                command);
        VllmProcessProgram.Server server = new VllmProcessProgram(2, Path.of("target", "vllm")).start(context);
        started.add(server);
        await().atMost(READY_WITHIN).pollInterval(Duration.ofSeconds(1)).until(() -> {
            assertThat(server.exited()).as("exited, see %s", server.log()).isNotDone();
            return EngineProbe.healthy(address);
        });
        return server;
    }

    private static InetSocketAddress freeAddress() throws IOException {
        return new InetSocketAddress(InetAddress.getByName("127.0.61.1"), FreePort.find());
    }

    private static double running(InetSocketAddress address) throws IOException {
        return EngineProbe.value(
                HttpCall.get(address, "/metrics").body(), "vllm:num_requests_running{engine=\"0\",model_name=\"mid\"}");
    }

    private static long[] openBytes(LoadClient load) {
        return load.tally().unfinished().stream()
                .mapToLong(record -> record.bytes())
                .toArray();
    }

    /** Names and labels, without values. */
    private static Set<String> series(String exposition) {
        Set<String> series = new TreeSet<>();
        exposition
                .lines()
                .filter(line -> line.startsWith("vllm:"))
                .forEach(line -> series.add(line.substring(0, line.lastIndexOf(' '))));
        return series;
    }
}
