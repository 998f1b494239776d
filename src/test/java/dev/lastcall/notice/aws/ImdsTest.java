package dev.lastcall.notice.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.notice.Observation.Nothing;
import dev.lastcall.notice.Observation.Seen;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ImdsTest {

    private final FakeImds imds = new FakeImds();
    private final MetadataClient client = new MetadataClient(
            imds.url(), InstantSource.system(), imds.service().patience());
    private final ImdsSource source = new ImdsSource(
            SourceId.AWS_SPOT,
            new TokenSession(client, TokenSession.Dialect.AWS, Duration.ofSeconds(2)),
            SpotAction.PATH,
            SpotAction::parse,
            Duration.ofSeconds(2));

    @AfterEach
    void stop() throws IOException {
        client.close();
        imds.close();
    }

    private Observation poll() throws InterruptedException {
        return source.poll();
    }

    private void failsWith(String code) throws InterruptedException {
        assertThat(poll())
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo(code));
    }

    @Test
    void steady_404_is_no_notice_and_costs_one_token_and_one_connection() throws Exception {
        for (int poll = 0; poll < 20; poll++) {
            assertThat(poll()).isInstanceOf(Nothing.class);
        }
        assertThat(imds.tokensIssued()).isEqualTo(1);
        assertThat(imds.service().connections()).isEqualTo(1);
        assertThat(imds.service().requests(FakeImds.SPOT)).hasSize(20);
    }

    @Test
    void a_404_on_scheduled_events_is_no_event_and_no_error() throws Exception {
        // A peer counted it as an error.
        ImdsSource events = new ImdsSource(
                SourceId.AWS_EVENTS,
                new TokenSession(client, TokenSession.Dialect.AWS, Duration.ofSeconds(2)),
                ScheduledEvents.PATH,
                ScheduledEvents::parse,
                Duration.ofSeconds(1));
        assertThat(events.poll()).isInstanceOf(Nothing.class);
    }

    @Test
    void a_notice_is_seen_with_the_moment_of_its_last_byte() throws Exception {
        imds.announce("terminate", Duration.ofSeconds(120));
        long before = System.nanoTime();
        assertThat(poll()).isInstanceOfSatisfying(Seen.class, seen -> {
            assertThat(seen.sightings()).hasSize(1);
            assertThat(seen.answeredNanos()).isBetween(before, System.nanoTime());
        });
    }

    @Test
    void a_token_that_expires_in_flight_is_renewed_once_and_stands_alone_in_its_header() throws Exception {
        poll();
        imds.expireTokens();
        assertThat(poll()).isInstanceOf(Nothing.class);
        assertThat(imds.tokensIssued()).isEqualTo(2);
        for (FakeMetadata.Request request : imds.service().requests(FakeImds.SPOT)) {
            assertThat(request.headers().get("x-aws-ec2-metadata-token"))
                    .as("exactly one token header")
                    .hasSize(1);
        }
    }

    @Test
    void a_renewed_token_that_is_refused_is_an_error_and_not_a_loop() throws Exception {
        imds.service().next(FakeImds.SPOT, Reaction.status(401), Reaction.status(401));
        failsWith("401");
        assertThat(imds.service().requests().size()).isLessThanOrEqualTo(4);
    }

    @Test
    void without_a_token_nothing_is_asked_for_the_old_way() throws Exception {
        for (int status : List.of(403, 503, 404, 429)) {
            imds.service().next(FakeImds.TOKEN, Reaction.status(status));
            failsWith(Integer.toString(status));
        }
        assertThat(imds.service().requests(FakeImds.SPOT)).isEmpty();
    }

    @Test
    void a_token_request_that_hangs_is_a_timeout_whose_cause_names_the_hop_limit() throws Exception {
        imds.service().next(FakeImds.TOKEN, new Reaction.Hang());
        Observation observation = poll();
        assertThat(observation)
                .asInstanceOf(InstanceOfAssertFactories.type(Failed.class))
                .extracting(Failed::code)
                .isEqualTo("timeout");
        assertThat(dev.lastcall.notice.SourceHealth.starting(SourceId.AWS_SPOT, Instant.EPOCH)
                        .after(observation, Instant.EPOCH)
                        .likelyCause())
                .contains("hop limit")
                .contains("hostNetwork");
    }

    @Test
    void a_body_that_never_ends_is_a_timeout_too() throws Exception {
        imds.service().next(FakeImds.SPOT, new Reaction.HangInBody("{\"action\":"));
        failsWith("timeout");
        assertThat(poll()).as("and the next question is answered").isInstanceOf(Nothing.class);
    }

    @Test
    void faults_have_their_codes_and_the_next_question_is_answered() throws Exception {
        poll();
        Map<Reaction, String> faults = Map.of(
                Reaction.status(403),
                "403",
                Reaction.status(429),
                "429",
                Reaction.status(503),
                "503",
                Reaction.ok("x".repeat(1024 * 1024)),
                "too-large",
                Reaction.ok("{\"action\":\"termi"),
                "malformed",
                new Reaction.Truncate("{\"action\":\"terminate\",\"time\":\"2017-09-18T08:22:00Z\"}"),
                "io",
                Reaction.status(302, Map.of("Location", imds.url() + "/elsewhere")),
                "redirect");
        for (Map.Entry<Reaction, String> fault : faults.entrySet()) {
            imds.service().next(FakeImds.SPOT, fault.getKey());
            failsWith(fault.getValue());
            assertThat(poll()).isInstanceOf(Nothing.class);
        }
        assertThat(imds.service().requests("/elsewhere"))
                .as("a redirect is not followed")
                .isEmpty();
    }

    @Test
    void nobody_listening_is_refused() throws Exception {
        imds.service().leave();
        failsWith("refused");
    }

    @Test
    void what_the_service_asks_for_by_retry_after_is_passed_on() throws Exception {
        imds.service().next(FakeImds.SPOT, Reaction.status(429, Map.of("Retry-After", "7")));
        assertThat(poll())
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.retryAfter()).isEqualTo(Duration.ofSeconds(7)));
    }

    @Test
    void a_skew_of_thirty_seconds_is_measured_and_does_not_jitter() throws Exception {
        for (int skew : List.of(30, -30)) {
            imds.service().skew(Duration.ofSeconds(skew));
            imds.announce("terminate", Duration.ofSeconds(120));
            Seen first = (Seen) poll();
            assertThat(first.clockSkew()).isBetween(Duration.ofSeconds(skew - 1), Duration.ofSeconds(skew + 1));
            assertThat(((Seen) poll()).clockSkew()).isEqualTo(first.clockSkew());
        }
    }

    @Test
    void a_proxy_set_for_the_process_is_not_asked() throws Exception {
        Properties before = (Properties) System.getProperties().clone();
        try (FakeMetadata proxy = new FakeMetadata()) {
            System.setProperty("http.proxyHost", "127.0.0.1");
            System.setProperty("http.proxyPort", proxy.url().replaceAll(".*:", ""));
            System.setProperty("http.nonProxyHosts", "");
            try (MetadataClient fresh = new MetadataClient(imds.url(), InstantSource.system())) {
                new TokenSession(fresh, TokenSession.Dialect.AWS, Duration.ofSeconds(2)).get(SpotAction.PATH);
            }
            assertThat(proxy.requests()).isEmpty();
            assertThat(imds.service().requests()).isNotEmpty();
        } finally {
            System.setProperties(before);
        }
    }
}
