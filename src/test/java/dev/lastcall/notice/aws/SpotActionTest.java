package dev.lastcall.notice.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpotActionTest {

    private static Sighting only(String body) {
        assertThat(SpotAction.parse(body)).isInstanceOf(Parsed.Understood.class);
        return ((Parsed.Understood) SpotAction.parse(body)).sightings().getFirst();
    }

    @ParameterizedTest
    @ValueSource(strings = {"terminate", "stop"})
    void the_documented_form_is_a_spot_notice_with_its_time(String action) {
        Sighting seen = only("{\"action\": \"" + action + "\", \"time\": \"2017-09-18T08:22:00Z\"}");
        assertThat(seen.kind()).isEqualTo(NoticeKind.SPOT);
        assertThat(seen.due()).isEqualTo(new Due.At(Instant.parse("2017-09-18T08:22:00Z")));
    }

    @Test
    void hibernation_has_no_two_minutes_whatever_its_time_says() {
        Sighting seen = only("{\"action\":\"hibernate\",\"time\":\"2017-09-18T08:22:00Z\"}");
        assertThat(seen.kind()).isEqualTo(NoticeKind.HIBERNATE);
        assertThat(seen.due()).isEqualTo(new Due.Within(Duration.ZERO));
    }

    @Test
    void the_identity_is_the_action_and_the_time_and_nothing_else() {
        String body = "{\"action\":\"terminate\",\"time\":\"2017-09-18T08:22:00Z\"}";
        assertThat(only(body).id())
                .isEqualTo(only("{\"time\":\"2017-09-18T08:22:00Z\",\"extra\":[1],\"action\":\"terminate\"}")
                        .id())
                .isNotEqualTo(only(body.replace("terminate", "stop")).id())
                .isNotEqualTo(only(body.replace("08:22", "08:23")).id());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "terminate",
                "{\"action\":\"terminate\"}",
                "{\"action\":\"terminate\",\"time\":\"soon\"}",
                "{\"action\":\"terminate\",\"time\":1505722920}",
                "{\"action\":\"none\",\"time\":\"2017-09-18T08:22:00Z\"}",
                "{\"action\":\"terminate\",\"action\":\"stop\",\"time\":\"2017-09-18T08:22:00Z\"}",
                "{\"action\":\"terminate\",\"time\":\"2017-09-18T08:22:00Z\"} {}",
                "{\"action\":\"terminate\",\"time\":\"9999-09-18T08:22:00Z\"}",
                "<?xml version=\"1.0\"?><html>404</html>"
            })
    void anything_else_is_garbled_and_never_a_notice(String body) {
        assertThat(SpotAction.parse(body)).isInstanceOf(Parsed.Garbled.class);
    }

    @Test
    void a_recommendation_carries_the_time_it_was_given() {
        Parsed parsed = Rebalance.parse("{\"noticeTime\":\"2020-10-16T19:18:24Z\"}");
        assertThat(parsed)
                .isInstanceOfSatisfying(
                        Parsed.Understood.class,
                        understood -> assertThat(
                                        understood.sightings().getFirst().announcedAt())
                                .isEqualTo(Instant.parse("2020-10-16T19:18:24Z")));
        assertThat(Rebalance.parse("{}")).isInstanceOf(Parsed.Garbled.class);
    }
}
