package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class DriverExchangeTest {

    private final List<Integer> exits = new ArrayList<>();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final DriverExchange exchange = new DriverExchange(draining::get, exits::add);

    @Test
    void the_process_ends_once_however_often_the_driver_says_it() {
        exchange.run();
        exchange.run();

        assertThat(exits).containsExactly(75);
    }

    @Test
    void a_drain_is_finished_first() {
        draining.set(true);
        exchange.run();
        exchange.run();
        assertThat(exits).isEmpty();

        draining.set(false);
        exchange.run();

        assertThat(exits).containsExactly(75);
    }
}
