package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodView;
import dev.lastcall.support.drain.SamplePod;
import java.util.stream.Stream;

/** Running vLLM pods, as the agent's watch shows them. */
final class LivePods {

    private LivePods() {}

    /** One with a way out of rotation. */
    static PodView serving(String name, String... flags) {
        return pod(name, flags).label("lastcall.dev/rotation", "in").view();
    }

    /** One without. */
    static PodView unmarked(String name, String... flags) {
        return pod(name, flags).view();
    }

    private static SamplePod pod(String name, String... flags) {
        return SamplePod.named(name)
                .label("lastcall.dev/engine", "vllm")
                .command(Stream.concat(Stream.of("vllm", "serve", "m"), Stream.of(flags))
                        .toArray(String[]::new));
    }
}
