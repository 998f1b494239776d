package dev.lastcall.serving.findings;

import static dev.lastcall.serving.EngineShutdown.DRAIN_SECONDS;

import dev.lastcall.serving.EngineArguments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a pod template alone says about its engine: no process has been asked. */
public final class ManifestEngine {
    /** {@code vllm-openai:v0.11.2}, {@code vllm:0.18}. A digest, {@code latest} or another image's version say nothing. */
    private static final Pattern TAG = Pattern.compile("(?:^|/)vllm[^/:]*:v?(\\d{1,6})\\.(\\d{1,6})[^/@]*(?:@.*)?$");
    /** {@code --graceful-termination-timeout} of text-generation-launcher where it is not given. */
    private static final Duration TGI_DEFAULT = Duration.ofSeconds(90);

    private ManifestEngine() {}

    public static EngineFacts of(PodTemplate pod) {
        Engine kind = Engine.of(pod);
        Optional<Container> container = ServingContainer.of(pod);
        return new EngineFacts(
                kind,
                capacity(pod, kind, container).orElse(null),
                null,
                container.map(Container::startup).orElse(null));
    }

    private static Optional<Duration> capacity(PodTemplate pod, Engine kind, Optional<Container> container) {
        return seconds(pod.annotations().get(DRAIN_SECONDS))
                .or(() -> container.flatMap(engine -> switch (kind) {
                    case VLLM -> vllm(engine);
                    case TGI ->
                        Optional.of(flag(engine, "graceful-termination-timeout").orElse(TGI_DEFAULT));
                    // SGLang sets itself no limit; of the others nothing is known.
                    case SGLANG, GENERIC, NONE -> Optional.empty();
                }));
    }

    /** Zero where it aborts; empty where its arguments stand elsewhere. */
    private static Optional<Duration> vllm(Container container) {
        if (old(container.image())) {
            return Optional.of(Duration.ZERO);
        }
        // A vLLM of an unknown version that is too old for the flag refuses to start with it.
        return flag(container, "shutdown-timeout")
                .or(() -> elsewhere(container) ? Optional.empty() : Optional.of(Duration.ZERO));
    }

    /** Arguments that a manifest does not show: a file with settings. */
    private static boolean elsewhere(Container container) {
        return new EngineArguments(container.words()).has("config");
    }

    private static Optional<Duration> flag(Container container, String name) {
        List<String> words = new ArrayList<>(container.words());
        // Templates of KServe and llm-d append arguments from a variable.
        container.env().values().stream().filter(value -> value.contains("--")).forEach(words::add);
        return new EngineArguments(words).value(name).flatMap(ManifestEngine::seconds);
    }

    private static Optional<Duration> seconds(@Nullable String text) {
        return text != null && text.strip().matches("\\d{1,6}(\\.\\d{1,3})?")
                ? Optional.of(Duration.ofMillis(Math.round(Double.parseDouble(text.strip()) * 1000)))
                : Optional.empty();
    }

    private static boolean old(@Nullable String image) {
        Matcher tag = TAG.matcher(image == null ? "" : image);
        return tag.find() && Integer.parseInt(tag.group(1)) == 0 && Integer.parseInt(tag.group(2)) < 18;
    }
}
