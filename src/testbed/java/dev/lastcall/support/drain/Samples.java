package dev.lastcall.support.drain;

import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.Taint;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values that most tests of a drain start from. */
public final class Samples {
    private Samples() {}

    public static DrainSettings settings() {
        return settings(Duration.ofSeconds(3), ForcePolicy.SPOT, true, true, false, false);
    }

    public static DrainSettings settings(
            Duration margin, ForcePolicy force, boolean taint, boolean label, boolean autoscalerTaint, boolean dryRun) {
        return new DrainSettings(
                margin,
                20,
                taint,
                label,
                autoscalerTaint,
                force,
                Set.of("kube-system"),
                "lastcall/agent",
                dryRun,
                "1.2.3");
    }

    /** Marks whose annotation text is the record's map as Java prints it: readable, and equal for equal records. */
    public static NodeMarks marks(DrainSettings settings) {
        return marks(settings, Optional.empty());
    }

    /** @param annotated what a drain annotation on the Node says, whatever its text */
    public static NodeMarks marks(DrainSettings settings, Optional<DrainRecord> annotated) {
        return new NodeMarks(settings, Object::toString, text -> annotated);
    }

    public static Notice notice(NoticeKind kind, Instant noticedAt, @Nullable Duration window) {
        return Notice.of(
                "n-1", kind, "aws-spot", window == null ? null : noticedAt.plus(window), noticedAt, System.nanoTime());
    }

    public static NodeView node(boolean unschedulable, List<Taint> taints, Map<String, String> labels) {
        return node("7", unschedulable, taints, labels, Map.of());
    }

    public static NodeView node(
            String version,
            boolean unschedulable,
            List<Taint> taints,
            Map<String, String> labels,
            Map<String, String> annotations) {
        return new NodeView(
                "node-1",
                "node-uid",
                version,
                unschedulable,
                taints,
                labels,
                annotations,
                Map.of("Ready", "True"),
                null,
                "boot-1",
                8);
    }

    public static NodeView node() {
        return node(false, List.of(), Map.of());
    }
}
