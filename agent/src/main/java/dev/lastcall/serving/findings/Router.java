package dev.lastcall.serving.findings;

import dev.lastcall.serving.Withdrawals;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Service or InferencePool that selects the pod.
 *
 * @param kind {@code Service} or {@code InferencePool}
 * @param selector labels it demands
 * @param ignoresReady {@code publishNotReadyAddresses}: pods that are not Ready stay in it
 * @param origin who wrote it, and with that who can change it
 * @param slow why it follows readiness slower than a notice leaves time for; null where nothing says so
 */
public record Router(
        String kind,
        String name,
        Map<String, String> selector,
        boolean ignoresReady,
        Origin origin,
        @Nullable String slow) {

    /** Who wrote it. */
    public enum Origin {
        /** Somebody with a manifest. */
        MANIFEST,
        /** The operator of the workload's kind: its selector can't be changed by a user. */
        OPERATOR
    }

    /** One with a manifest. */
    public Router(String kind, String name, Map<String, String> selector, boolean ignoresReady, @Nullable String slow) {
        this(kind, name, selector, ignoresReady, Origin.MANIFEST, slow);
    }

    /** Whether a pod whose rotation label flips to {@code out} leaves it. */
    public boolean followsLabel() {
        return "in".equals(selector.get(Withdrawals.ROTATION));
    }

    /** Whether a pod that is not Ready leaves it. */
    public boolean followsGate() {
        return !ignoresReady;
    }

    public String words() {
        return kind + " " + name;
    }
}
