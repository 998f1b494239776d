package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.List;

/**
 * By what a pod template is judged.
 *
 * @param margin {@code lastcall.drain.safety-margin}
 * @param settle {@code lastcall.serving.settle}: how long routers need after a withdrawal
 * @param windows the notices to survive, each once
 */
public record Terms(Duration margin, Duration settle, List<Window> windows) {
    public static final Duration DEFAULT_MARGIN = Duration.ofSeconds(3);
    public static final Duration DEFAULT_SETTLE = Duration.ofSeconds(2);
    /** The notices that clouds give: GCP and Azure 30 s, AWS and Tencent 120 s. */
    public static final List<Window> DEFAULT_WINDOWS =
            List.of(new Window(Duration.ofSeconds(30)), new Window(Duration.ofSeconds(120)));
}
