package dev.lastcall.arch.wrong.drain;

import java.time.Instant;

class ReadsTheClock {
    Instant deadline() {
        return Instant.now().plusSeconds(30);
    }
}
