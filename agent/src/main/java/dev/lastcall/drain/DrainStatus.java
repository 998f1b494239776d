package dev.lastcall.drain;

import java.time.Instant;
import java.util.List;

/**
 * A drain as it stands now, or stood when it ended.
 *
 * @param id of the notice it began with
 * @param resumed an earlier life of the agent began it
 * @param pods those it has taken up
 */
public record DrainStatus(String id, Instant begun, boolean resumed, List<PodStatus> pods) {

    public DrainStatus {
        pods = List.copyOf(pods);
    }
}
