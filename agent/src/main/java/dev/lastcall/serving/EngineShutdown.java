package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an engine can still finish after its termination signal. vLLM drains for {@code --shutdown-timeout} seconds from
 * 0.18 on (vllm pull request 36666); the default of 0 aborts at once.
 */
public final class EngineShutdown {
    public static final String DRAIN_SECONDS = "lastcall.dev/drain-seconds";
    private static final Pattern VERSION = Pattern.compile("\"version\"\\s*:\\s*\"v?(\\d{1,9})\\.(\\d{1,9})");
    /** vLLM takes underscores for dashes; the flag may also stand inside a shell line, quoted or not. */
    private static final Pattern FLAG = Pattern.compile("--shutdown[-_]timeout(?:=|\\s+|$)[\"']?([^\\s\"';&|]*)");

    private EngineShutdown() {}

    /** Whether {@code /version} has to be asked before {@link #use} can tell. */
    public static boolean dependsOnVersion(PodView pod) {
        return annotated(pod).isEmpty() && flag(pod).filter(d -> !d.isZero()).isPresent();
    }

    /**
     * The pod's own word, else its flag where the version honours it; never more than its grace less its preStop hook.
     *
     * @param version the answer of {@code /version}; null while unread, which counts as cannot
     */
    public static Duration use(PodView pod, @Nullable String version) {
        Duration wanted = annotated(pod)
                .orElseGet(() -> flag(pod).filter(_ -> drains(version)).orElse(Duration.ZERO));
        Duration room = pod.grace().minus(pod.preStop());
        if (room.isNegative()) {
            return Duration.ZERO;
        }
        return wanted.compareTo(room) < 0 ? wanted : room;
    }

    private static Optional<Duration> annotated(PodView pod) {
        return seconds(pod.annotations().get(DRAIN_SECONDS));
    }

    private static Optional<Duration> flag(PodView pod) {
        Optional<Duration> found = Optional.empty();
        for (int i = 0; i < pod.command().size(); i++) {
            Matcher flag = FLAG.matcher(pod.command().get(i));
            while (flag.find()) {
                boolean nextWord =
                        flag.group(1).isEmpty() && i + 1 < pod.command().size();
                // The last one counts, as it does for the engine's own parser.
                found = seconds(nextWord ? pod.command().get(i + 1).strip() : flag.group(1));
            }
        }
        return found;
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
