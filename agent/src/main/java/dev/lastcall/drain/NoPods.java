package dev.lastcall.drain;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node without pods: for the warm-up cordon, where only the cordon counts and no pod may be touched. */
public final class NoPods implements PodGateway {

    @Override
    public List<PodView> latest() {
        return List.of();
    }

    @Override
    public boolean synced() {
        return true;
    }

    @Override
    public boolean gone(PodRef pod) {
        return true;
    }

    @Override
    public EvictionAnswer evict(PodRef pod, Duration grace, Duration patience) {
        return new EvictionAnswer.Gone();
    }

    @Override
    public EvictionAnswer delete(PodRef pod, Duration grace, Duration patience) {
        return new EvictionAnswer.Gone();
    }

    @Override
    public PatchAnswer mark(
            PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        return new PatchAnswer.Missing();
    }

    @Override
    public PatchAnswer condition(
            PodRef pod, String type, boolean status, String reason, String message, Duration patience) {
        return new PatchAnswer.Missing();
    }
}
