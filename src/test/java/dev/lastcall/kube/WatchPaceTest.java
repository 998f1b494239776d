package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchPaceTest {

    private final SplittableRandom random = new SplittableRandom(7);

    @ParameterizedTest
    @ValueSource(ints = {15, 30, 45, 90, 600, 3600})
    void a_dead_connection_is_noticed_and_another_tried_before_the_agent_is_blind(int seconds) {
        WatchPace pace = new WatchPace(Duration.ofSeconds(seconds));

        assertThat(pace.quiet().plus(pace.openTimeout())).isLessThan(pace.blindAfter());
        assertThat(pace.silence().plus(pace.openTimeout())).isLessThan(pace.blindAfter());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 30, 3600})
    void a_watch_that_is_told_to_end_does_so_before_its_silence_counts(int seconds) {
        WatchPace pace = new WatchPace(Duration.ofSeconds(seconds));

        for (int i = 0; i < 100; i++) {
            assertThat(pace.lifetime(random)).isBetween(Duration.ofSeconds(1), pace.quiet());
            assertThat(pace.lifetime(random)).isLessThan(pace.silence());
        }
    }
}
