package dev.lastcall.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReadingTest {

    @Test
    void a_value_that_no_device_can_have_is_unsupported_and_what_is_no_value_stays_what_it_is() {
        assertThat(Reading.of(-1).filter(value -> value != -1)).isEqualTo(Reading.unsupported());
        assertThat(Reading.of(5).filter(value -> value != -1)).isEqualTo(Reading.of(5));
        assertThat(Reading.<Integer>failed(999).filter(value -> value != -1)).isEqualTo(Reading.failed(999));
    }

    @Test
    void memory_with_all_bits_set_is_not_possible() {
        assertThat(new GpuMemory(-1, -1, -1, Optional.empty()).possible()).isFalse();
        assertThat(new GpuMemory(80, 20, 60, Optional.of(-1L)).possible()).isFalse();
        assertThat(new GpuMemory(80, 20, 60, Optional.of(1L)).possible()).isTrue();
    }
}
