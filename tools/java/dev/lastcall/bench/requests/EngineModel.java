package dev.lastcall.bench.requests;

import dev.lastcall.serving.EngineShutdown;
import dev.lastcall.support.drain.SamplePod;
import java.time.Duration;

/** Engines by what they do at SIGTERM; sources are in {@link EngineShutdown}. */
enum EngineModel {
    VLLM_ABORTS("vllm, aborts", Duration.ZERO, Duration.ofMillis(300), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "vllm").command("vllm", "serve", "tiny");
        }
    },
    /** As vLLM before 0.18 was seen: its streams fall silent, and the process stays until it is killed. */
    VLLM_FALLS_SILENT("vllm, falls silent", Duration.ZERO, Duration.ofHours(1), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "vllm").command("vllm", "serve", "tiny");
        }
    },
    VLLM_DRAINS("vllm, drains 8 s", Duration.ofSeconds(8), Duration.ofMillis(500), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "vllm").command("vllm", "serve", "tiny", "--shutdown-timeout=8");
        }
    },
    SGLANG("sglang, drains all", Duration.ofHours(1), Duration.ofMillis(500), true) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "sglang").command("python3", "-m", "sglang.launch_server");
        }
    },
    TGI("tgi, drains 90 s", Duration.ofSeconds(90), Duration.ofMillis(500), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "tgi").command("text-generation-launcher");
        }
    },
    GENERIC_ABORTS("generic, aborts", Duration.ZERO, Duration.ofMillis(300), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "generic").command("serve");
        }
    },
    GENERIC_DRAINS("generic, says 8 s", Duration.ofSeconds(8), Duration.ofMillis(500), false) {
        @Override
        SamplePod pod(SamplePod pod) {
            return pod.label(ENGINE, "generic").command("serve").annotation(EngineShutdown.DRAIN_SECONDS, "8");
        }
    };

    /** What {@code /version} answers, of a vLLM that knows {@code --shutdown-timeout}. */
    static final String VERSION = "{\"version\":\"0.18.0\"}";

    private static final String ENGINE = "lastcall.dev/engine";

    private final String words;
    private final Duration drains;
    private final Duration exits;
    private final boolean loose;

    EngineModel(String words, Duration drains, Duration exits, boolean loose) {
        this.words = words;
        this.drains = drains;
        this.exits = exits;
        this.loose = loose;
    }

    /** Such an engine's pod. */
    abstract SamplePod pod(SamplePod pod);

    String words() {
        return words;
    }

    /** How long it works on after SIGTERM at most. */
    Duration drains() {
        return drains;
    }

    /** From the end of its last request to the end of the process. */
    Duration exits() {
        return exits;
    }

    /** Its gauges are refreshed once in a while only. */
    boolean loose() {
        return loose;
    }

    /** It has a histogram of its requests' times. */
    boolean tellsTimes() {
        return !words.startsWith("generic");
    }
}
