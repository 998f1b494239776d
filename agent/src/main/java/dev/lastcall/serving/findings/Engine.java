package dev.lastcall.serving.findings;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which engine a pod runs: by its label {@code lastcall.dev/engine}, else by its command, else by its image. */
public enum Engine {
    VLLM("(?:^|[\\s/;&\"'])vllm\\s+serve(?:\\s|$)|vllm\\.entrypoints", "vllm"),
    SGLANG("sglang\\.launch_server|(?:^|[\\s/;&\"'])sglang\\s+serve(?:\\s|$)", "sglang"),
    TGI("text-generation-launcher", "text-generation-inference"),
    /** One that the user's label names, and of whose shutdown nothing is known. */
    GENERIC("(?!)", ""),
    /** No serving pod. */
    NONE("(?!)", "");

    /** By which a user says that a pod serves, and with what. */
    public static final String LABEL = "lastcall.dev/engine";

    private static final Pattern NO_ENGINE =
            Pattern.compile("router|gateway|exporter|operator|controller|plugin|scheduler|sidecar|simulator|bench");

    private final Pattern command;
    private final String image;

    Engine(String command, String image) {
        this.command = Pattern.compile(command);
        this.image = image;
    }

    /** The engine of a pod; {@link #NONE} where neither label nor any container says that it serves. */
    public static Engine of(PodTemplate pod) {
        String label = pod.labels().get(LABEL);
        if (label != null) {
            return BY_LABEL.getOrDefault(label, GENERIC);
        }
        return pod.containers().stream()
                .flatMap(container -> of(container).stream())
                .findFirst()
                .orElse(NONE);
    }

    /** The engine that this container runs, if it says so. */
    static Optional<Engine> of(Container container) {
        String words = String.join(" ", container.words());
        for (Engine kind : values()) {
            if (kind.command.matcher(words).find()) {
                return Optional.of(kind);
            }
        }
        String image = name(container.image());
        if (NO_ENGINE.matcher(image).find()) {
            return Optional.empty();
        }
        for (Engine kind : values()) {
            if (!kind.image.isEmpty() && image.startsWith(kind.image)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /** {@code vllm-openai} of {@code docker.io/vllm/vllm-openai:v0.18.0@sha256:…}. */
    private static String name(String image) {
        String path = image.replaceFirst("@.*$", "");
        return path.substring(path.lastIndexOf('/') + 1)
                .replaceFirst(":.*$", "")
                .toLowerCase(Locale.ROOT);
    }

    private static final Map<String, Engine> BY_LABEL = Map.of("vllm", VLLM, "sglang", SGLANG, "tgi", TGI);
}
