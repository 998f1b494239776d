package dev.lastcall.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.PodResourcesAnswer.Failed;
import dev.lastcall.allocation.PodResourcesAnswer.Listed;
import dev.lastcall.allocation.PodResourcesAnswer.NoSocket;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long the kubelet's word counts. */
class KubeletListTest {

    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
    private static final Failed DOWN = new Failed("unavailable", "connection refused");
    private static final Listed EMPTY = new Listed(List.of());

    @Test
    void nothing_held_is_known_only_after_the_kubelet_said_so() {
        assertThat(KubeletList.none().held()).isEmpty();
        assertThat(KubeletList.none().after(new NoSocket(), NOON).held()).isEmpty();
        assertThat(KubeletList.none().after(EMPTY, NOON).held()).contains(List.of());
    }

    /** A restart of the kubelet must not make every GPU of the node look unallocated, or unknown, for a scrape or two. */
    @Test
    void a_list_counts_through_a_restart_of_the_kubelet() {
        KubeletList down = KubeletList.none()
                .after(EMPTY, NOON)
                .after(DOWN, NOON.plusSeconds(10))
                .after(new NoSocket(), NOON.plusSeconds(59));

        assertThat(down.held()).isPresent();
        assertThat(down.up()).isFalse();
        assertThat(down.at()).contains(NOON);
    }

    @Test
    void a_list_a_minute_old_counts_no_longer_and_the_next_one_does() {
        KubeletList lost = KubeletList.none().after(EMPTY, NOON).after(DOWN, NOON.plusSeconds(60));
        assertThat(lost.held()).isEmpty();
        assertThat(lost.at()).contains(NOON);

        assertThat(lost.after(DOWN, NOON.plusSeconds(61)).held())
                .as("and does not come back by itself")
                .isEmpty();
        KubeletList back = lost.after(EMPTY, NOON.plusSeconds(70));
        assertThat(back.held()).isPresent();
        assertThat(back.up()).isTrue();
    }
}
