package dev.lastcall.worker.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastcall.worker.queue.RedisFault;
import dev.lastcall.worker.queue.RedisFault.Kind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;

class RedisContactTest {

    private final AtomicLong nanos = new AtomicLong();
    private final RedisContact contact = new RedisContact(Logger.getLogger("test"), nanos::get);

    @Test
    void redis_is_lost_after_a_minute_without_an_answer_and_not_before() {
        contact.ask(() -> 1);
        pass(59);
        fail(Kind.UNREACHABLE);
        assertThat(contact.lost()).isFalse();
        pass(1);
        fail(Kind.UNREACHABLE);
        assertThat(contact.lost()).isTrue();
    }

    @Test
    void an_answer_starts_the_minute_anew() {
        pass(59);
        fail(Kind.UNREACHABLE);
        contact.ask(() -> 1);
        pass(59);
        fail(Kind.UNREACHABLE);
        assertThat(contact.lost()).isFalse();
        assertThat(contact.answers()).isFalse();
    }

    @Test
    void a_full_redis_is_waited_for_however_long() {
        contact.ask(() -> 1);
        pass(3600);
        fail(Kind.READ_ONLY);
        assertThat(contact.lost()).isFalse();
        assertThat(contact.neverLetIn()).isFalse();
    }

    @Test
    void a_password_that_is_refused_at_the_first_contact_is_a_setting_and_later_a_lost_redis() {
        fail(Kind.DENIED);
        assertThat(contact.neverLetIn()).isTrue();
        contact.ask(() -> 1);
        fail(Kind.DENIED);
        assertThat(contact.neverLetIn()).isFalse();
    }

    private void fail(Kind kind) {
        assertThatThrownBy(() -> contact.ask(() -> {
                    throw new RedisFault(kind, "no", new IllegalStateException());
                }))
                .isInstanceOf(RedisFault.class);
    }

    private void pass(long seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }
}
