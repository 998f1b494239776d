package dev.lastcall.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.OnHint;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.drain.PodRef;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.notice.LedgerRules;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeLedger;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceId;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the driver's recovery action to the Event and to what the ledger makes of it. */
class GpuAdviceTest {

    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    /** @param action field 230 of GPU-a */
    private static String asking(int action) {
        return """
                {"gpus": [{"geometry": "h100-80", "uuid": "GPU-a", "fields": {"230": %d}},
                          {"geometry": "h100-80", "uuid": "GPU-b"}]}
                """.formatted(action);
    }

    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();
    private final List<Observation> offered = new ArrayList<>();
    private final List<NoticeChange> changes = new ArrayList<>();
    private NoticeLedger ledger = NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), false));
    private GpuAdvice advice = advice(true);
    private NvmlGpuReader reader = reader("none");

    @AfterEach
    void close() {
        reader.close();
    }

    @Test
    void a_recommendation_is_one_event_and_one_hint_however_many_scans_see_it() throws Exception {
        NvmlSim sim = open(asking(1));
        for (int scan = 0; scan < 60; scan++) {
            advice.read(reader.scan());
        }

        assertThat(told)
                .containsExactly(
                        "GpuRecoveryRecommended: GPU 0 (NVIDIA H100 80GB HBM3, GPU-a): the driver recommends to reset the GPU."
                                + " Lastcall does not drain for this: drain the node before you act");
        assertThat(changes).singleElement().isInstanceOfSatisfying(NoticeChange.AtRisk.class, risk -> {
            assertThat(risk.notice().kind()).isEqualTo(NoticeKind.GPU);
            assertThat(risk.notice().source()).isEqualTo("gpu");
            assertThat(risk.notice().deadline()).isNull();
        });

        sim.scenario(asking(2));
        advice.read(reader.scan());
        assertThat(told).hasSize(2).last().asString().contains("recommends to reboot the node.");
    }

    /** A reset recommendation is not a notice: pods that run on other GPUs of this node must not lose their place by it. */
    @Test
    void no_recommendation_ever_begins_a_drain() throws Exception {
        NvmlSim sim = open(asking(0));
        for (int action = 1; action <= 7; action++) {
            sim.scenario(asking(action));
            advice.read(reader.scan());
        }

        assertThat(told).hasSize(7);
        assertThat(changes)
                .hasAtLeastOneElementOfType(NoticeChange.AtRisk.class)
                .noneMatch(change -> change instanceof NoticeChange.Began || change instanceof NoticeChange.TookOver);
    }

    @Test
    void a_gpu_that_is_well_again_takes_its_hint_back() throws Exception {
        NvmlSim sim = open(asking(4));
        advice.read(reader.scan());
        sim.scenario(asking(0));

        advice.read(reader.scan());
        advice.read(reader.scan());

        assertThat(changes).last().isInstanceOf(NoticeChange.Cancelled.class);
        assertThat(ledger.active()).extracting(Notice::kind).isEmpty();
    }

    /** The driver that just asked for a reset is the one most likely to stop answering. */
    @Test
    void a_gpu_that_is_lost_or_a_driver_that_is_gone_takes_nothing_back() throws Exception {
        NvmlSim sim = open(asking(1));
        advice.read(reader.scan());
        List<String> broken = List.of(
                "{\"gpus\": [{\"geometry\": \"h100-80\", \"uuid\": \"GPU-a\", \"lost\": true}, {\"geometry\": \"h100-80\", \"uuid\": \"GPU-b\"}]}",
                "{\"gpus\": [{\"geometry\": \"h100-80\", \"uuid\": \"GPU-b\"}]}",
                "{\"errors\": {\"nvmlDeviceGetCount_v2\": 9}, \"gpus\": [{\"geometry\": \"h100-80\"}]}");
        for (String scenario : broken) {
            sim.scenario(scenario);
            for (int scan = 0; scan < 3; scan++) {
                advice.read(reader.scan());
            }
        }

        assertThat(changes).hasSize(1);
        assertThat(told).hasSize(1);
        assertThat(ledger.active()).hasSize(1);
    }

    @Test
    void gpus_that_ask_for_nothing_or_cannot_say_are_no_hint() throws Exception {
        open("{\"gpus\": [{\"geometry\": \"t4\"}, {\"geometry\": \"h100-80\"}]}");

        advice.read(reader.scan());

        assertThat(told).isEmpty();
        assertThat(changes).isEmpty();
        assertThat(offered).containsExactly(new Observation.Nothing());
    }

    @Test
    void without_kubernetes_nobody_but_the_log_is_told() throws Exception {
        advice = advice(false);
        open(asking(1));

        advice.read(reader.scan());

        assertThat(told).isEmpty();
        assertThat(offered).isEmpty();
    }

    @Test
    void where_the_user_says_so_the_drivers_own_drain_begins_one_without_a_deadline_and_nothing_else_does()
            throws Exception {
        for (int action : List.of(1, 2, 3, 4, 5, 6, 7)) {
            changes.clear();
            ledger = NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), false));
            advice = advice(true, OnHint.DRAIN);
            open(asking(action));

            advice.read(reader.scan());
            reader.close();

            if (action == 3 || action == 4) {
                assertThat(changes).singleElement().isInstanceOfSatisfying(NoticeChange.Began.class, began -> {
                    assertThat(began.notice().kind()).isEqualTo(NoticeKind.GPU);
                    assertThat(began.notice().deadline()).isNull();
                });
            } else {
                assertThat(changes).as("action %d", action).singleElement().isInstanceOf(NoticeChange.AtRisk.class);
            }
        }
    }

    @Test
    void a_drain_for_a_gpu_is_cancelled_when_the_gpu_is_well_in_two_scans_and_not_when_it_is_lost() throws Exception {
        advice = advice(true, OnHint.DRAIN);
        NvmlSim sim = open(asking(4));
        advice.read(reader.scan());
        sim.scenario(
                "{\"gpus\": [{\"geometry\": \"h100-80\", \"uuid\": \"GPU-a\", \"lost\": true}, {\"geometry\": \"h100-80\", \"uuid\": \"GPU-b\"}]}");
        advice.read(reader.scan());
        advice.read(reader.scan());
        assertThat(changes).hasSize(1);

        sim.scenario(asking(0));
        Awaitility.await().until(() -> {
            advice.read(reader.scan());
            return changes.size() > 1;
        });

        assertThat(changes).last().isInstanceOf(NoticeChange.Cancelled.class);
        assertThat(ledger.active()).isEmpty();
    }

    @Test
    void where_the_user_ignores_advice_nobody_but_the_log_is_told() throws Exception {
        advice = advice(true, OnHint.IGNORE);
        open(asking(4));

        advice.read(reader.scan());

        assertThat(told).isEmpty();
        assertThat(offered).isEmpty();
    }

    private NvmlSim open(String scenario) throws Exception {
        NvmlSim sim = NvmlSim.in(folder, scenario);
        reader = reader(sim.library());
        return sim;
    }

    private GpuAdvice advice(boolean kubernetes) {
        return advice(kubernetes, OnHint.MARK);
    }

    private GpuAdvice advice(boolean kubernetes, OnHint effect) {
        return new GpuAdvice(kubernetes, effect, this::admit, new EventRecorder() {
            @Override
            public void onNode(boolean warning, String reason, String message) {
                told.add(reason + ": " + message);
            }

            @Override
            public void onPod(PodRef pod, boolean warning, String reason, String message, @Nullable String action) {
                throw new AssertionError("nothing is said of a pod");
            }
        });
    }

    private void admit(SourceId source, Observation observation) {
        assertThat(source).isEqualTo(SourceId.GPU);
        offered.add(observation);
        var admission = ledger.admit(source, observation, NOW, System.nanoTime());
        ledger = admission.ledger();
        changes.addAll(admission.changes());
    }

    private static NvmlGpuReader reader(String library) {
        return new NvmlGpuReader(
                new NvmlOptions(library, Duration.ofSeconds(5), Duration.ofMillis(1), Duration.ofMillis(10)),
                InstantSource.system(),
                () -> {});
    }
}
