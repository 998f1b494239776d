package dev.lastcall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MachineReadingTest {

    @Test
    void waiting_for_a_disk_is_not_busy_and_guests_are_not_counted_twice() {
        MachineReading reading = MachineReading.parse("cpu  100 10 50 800 30 1 2 7 99 5\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
        assertThat(reading.busy()).isEqualTo(170);
        assertThat(reading.all()).isEqualTo(1000);
    }

    @Test
    void a_quarter_of_the_cores_ticks_is_25_percent() {
        assertThat(new MachineReading(150, 1200).percentSince(new MachineReading(100, 1000)))
                .isEqualTo(25.0);
    }

    @Test
    void something_else_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> MachineReading.parse("cpu0 1 2 3 4 5 6 7 8\n"));
    }
}
