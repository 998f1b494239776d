package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.alibaba.AlibabaSource;
import dev.lastcall.notice.aws.TargetLifecycle;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.tencent.TencentSource;
import dev.lastcall.support.metadata.FakeAlibaba;
import dev.lastcall.support.metadata.FakeMetadata;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clouds whose whole answer is one word or one time. */
class SingleTextCloudsTest {

    private static Due due(Parsed parsed) {
        return ((Parsed.Understood) parsed).sightings().getFirst().due();
    }

    @Test
    void tencents_time_is_beijings() {
        assertThat(due(TencentSource.parse("2018-08-18 12:05:33\n")))
                .isEqualTo(new Due.At(Instant.parse("2018-08-18T04:05:33Z")));
    }

    @Test
    void alibabas_time_is_utc() {
        assertThat(due(AlibabaSource.parse("2015-01-05T18:02:00Z")))
                .isEqualTo(new Due.At(Instant.parse("2015-01-05T18:02:00Z")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"InService\n", "Standby", "Detached", "Warmed:Hibernated", "Pending:Wait"})
    void an_instance_that_stays_is_no_notice(String state) {
        assertThat(TargetLifecycle.parse(state)).isEqualTo(Parsed.none());
    }

    @Test
    void a_plain_service_is_asked_for_no_token_and_a_hardened_one_is_not_asked_in_vain_twice() throws Exception {
        for (boolean hardened : new boolean[] {false, true}) {
            try (FakeAlibaba alibaba = new FakeAlibaba(hardened);
                    MetadataClient client = new MetadataClient(alibaba.url(), InstantSource.system())) {
                AlibabaSource source = new AlibabaSource(client, Duration.ofSeconds(5), Duration.ofSeconds(2));
                for (int poll = 0; poll < 5; poll++) {
                    assertThat(source.poll()).isInstanceOf(Observation.Nothing.class);
                }
                assertThat(alibaba.service().requests())
                        .extracting(FakeMetadata.Request::method)
                        .filteredOn("PUT"::equals)
                        .hasSize(hardened ? 1 : 0);
                assertThat(alibaba.service().requests(FakeAlibaba.TERMINATION)).hasSize(hardened ? 6 : 5);
            }
        }
    }
}
