package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an engine can still finish after its termination signal:
 *
 * <ul>
 *   <li>vLLM drains for {@code --shutdown-timeout} seconds from 0.18 on (vllm pull request 36666); the default of 0
 *       aborts at once.
 *   <li>SGLang finishes everything it has and sets itself no limit (sglang issue 1838), so its grace period is the limit.
 *       A prefill or decode server of a disaggregated pair promises nothing: its half of the work needs the other one.
 *   <li>TGI's launcher waits for {@code --graceful-termination-timeout}, 90 s by default (launcher/src/main.rs).
 *   <li>Of any other engine nothing is known: it can finish nothing, unless the pod says so.
 * </ul>
 */
public final class EngineShutdown {
    public static final String DRAIN_SECONDS = "lastcall.dev/drain-seconds";
    private static final Pattern VERSION = Pattern.compile("\"version\"\\s*:\\s*\"v?(\\d{1,9})\\.(\\d{1,9})");
    private static final Duration TGI_DEFAULT = Duration.ofSeconds(90);

    private EngineShutdown() {}

    /** Whether {@code /version} has to be asked before {@link #finishTimeAfterSignal} can tell. */
    public static boolean dependsOnVersion(PodView pod) {
        return annotated(pod).isEmpty() && byVersion(pod) && !vllmFlag(pod).isZero();
    }

    /**
     * Returns the value of the pod's annotation, otherwise what the engine does by its documentation; never more than its grace less its preStop
     * hook.
     *
     * @param version the answer of {@code /version}; null while unread, which counts as cannot for vLLM
     */
    public static Duration finishTimeAfterSignal(PodView pod, @Nullable String version) {
        Duration room = pod.grace().minus(pod.preStop());
        if (room.isNegative()) {
            return Duration.ZERO;
        }
        Duration wanted = annotated(pod).orElseGet(() -> byEngine(pod, version, room));
        return wanted.compareTo(room) < 0 ? wanted : room;
    }

    private static Duration byEngine(PodView pod, @Nullable String version, Duration room) {
        EngineArguments arguments = new EngineArguments(pod.command());
        return switch (EngineKind.of(pod)) {
            case SGLANG ->
                arguments
                                .value("disaggregation-mode")
                                .filter(mode -> !mode.equals("null"))
                                .isPresent()
                        ? Duration.ZERO
                        : room;
            case TGI ->
                arguments
                        .value("graceful-termination-timeout")
                        .map(text -> seconds(text).orElse(Duration.ZERO))
                        .orElse(TGI_DEFAULT);
            case VLLM, GENERIC -> drains(version) ? vllmFlag(pod) : Duration.ZERO;
        };
    }

    private static boolean byVersion(PodView pod) {
        return switch (EngineKind.of(pod)) {
            case VLLM, GENERIC -> true;
            case SGLANG, TGI -> false;
        };
    }

    private static Optional<Duration> annotated(PodView pod) {
        return seconds(pod.annotations().get(DRAIN_SECONDS));
    }

    private static Duration vllmFlag(PodView pod) {
        return new EngineArguments(pod.command())
                .value("shutdown-timeout")
                .flatMap(EngineShutdown::seconds)
                .orElse(Duration.ZERO);
    }

    private static boolean drains(@Nullable String version) {
        if (version == null) {
            return false;
        }
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.find()) {
            return false;
        }
        long major = Long.parseLong(matcher.group(1));
        return major > 0 || Long.parseLong(matcher.group(2)) >= 18;
    }

    private static Optional<Duration> seconds(@Nullable String text) {
        try {
            double value = text == null ? -1 : Double.parseDouble(text.strip());
            return value >= 0 && value < 1e6 ? Optional.of(Duration.ofMillis((long) (value * 1000))) : Optional.empty();
        } catch (NumberFormatException noNumber) {
            return Optional.empty();
        }
    }
}
