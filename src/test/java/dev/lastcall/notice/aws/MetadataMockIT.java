package dev.lastcall.notice.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Observation.Seen;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.Answer;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.support.metadata.MetadataMock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against amazon-ec2-metadata-mock, which AWS publishes: nobody here wrote the other side. */
class MetadataMockIT {

    @BeforeAll
    static void theMockIsBuilt() {
        boolean built = MetadataMock.binary().isPresent();
        if (!built) {
            System.out.println("SKIPPED MetadataMockIT: ec2-metadata-mock is not built (src/test/testbed/build)");
        }
        Assumptions.assumeTrue(built, "ec2-metadata-mock is not built (src/test/testbed/build)");
    }

    private static Observation poll(MetadataMock mock, SourceId id) throws InterruptedException {
        try (MetadataClient client = new MetadataClient(mock.url(), InstantSource.system())) {
            return source(client, id).poll();
        }
    }

    private static NoticeSource.Polled source(MetadataClient client, SourceId id) {
        TokenSession session = new TokenSession(client, TokenSession.Dialect.AWS, Duration.ofSeconds(1));
        Duration second = Duration.ofSeconds(1);
        return switch (id) {
            case AWS_SPOT -> new ImdsSource(id, session, SpotAction.PATH, SpotAction::parse, second);
            case AWS_REBALANCE -> new ImdsSource(id, session, Rebalance.PATH, Rebalance::parse, second);
            case AWS_EVENTS -> new ImdsSource(id, session, ScheduledEvents.PATH, ScheduledEvents::parse, second);
            case AWS_ASG -> new ImdsSource(id, session, TargetLifecycle.PATH, TargetLifecycle::parse, second);
            default -> throw new IllegalArgumentException(id.label());
        };
    }

    private static Sighting only(Observation observation) {
        assertThat(observation).isInstanceOf(Seen.class);
        return ((Seen) observation).sightings().getFirst();
    }

    @ParameterizedTest
    @CsvSource({"terminate, SPOT", "stop, SPOT", "hibernate, HIBERNATE"})
    void a_spot_action_is_read(String action, NoticeKind kind) throws Exception {
        Instant at = Instant.now().plusSeconds(120).truncatedTo(ChronoUnit.SECONDS);
        try (MetadataMock mock = MetadataMock.start("spot", "--action", action, "--time", at.toString())) {
            Sighting seen = only(poll(mock, SourceId.AWS_SPOT));
            assertThat(seen.kind()).isEqualTo(kind);
            if (kind == NoticeKind.SPOT) {
                assertThat(seen.due()).isEqualTo(new Due.At(at));
            }
            assertThat(only(poll(mock, SourceId.AWS_SPOT)).id()).isEqualTo(seen.id());
        }
    }

    @Test
    void a_rebalance_recommendation_is_read_beside_it() throws Exception {
        Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try (MetadataMock mock = MetadataMock.start("spot", "--rebalance-rec-time", at.toString())) {
            Sighting seen = only(poll(mock, SourceId.AWS_REBALANCE));
            assertThat(seen.kind()).isEqualTo(NoticeKind.REBALANCE);
            assertThat(seen.announcedAt()).isEqualTo(at);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "system-reboot, REBOOT",
        "instance-reboot, REBOOT",
        "instance-retirement, MAINTENANCE",
        "instance-stop, MAINTENANCE",
        "system-maintenance, MAINTENANCE"
    })
    void a_scheduled_event_is_read(String code, NoticeKind kind) throws Exception {
        Instant at = Instant.now().plus(Duration.ofDays(2)).truncatedTo(ChronoUnit.SECONDS);
        try (MetadataMock mock = MetadataMock.start("events", "--code", code, "--not-before", at.toString())) {
            Sighting seen = only(poll(mock, SourceId.AWS_EVENTS));
            assertThat(seen.kind()).isEqualTo(kind);
            assertThat(seen.due()).isEqualTo(new Due.NotBefore(at, null));
            assertThat(poll(mock, SourceId.AWS_SPOT)).isInstanceOf(Observation.Nothing.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"completed", "canceled"})
    void a_scheduled_event_that_is_over_is_none(String state) throws Exception {
        try (MetadataMock mock = MetadataMock.start("events", "--state", state)) {
            assertThat(poll(mock, SourceId.AWS_EVENTS)).isInstanceOf(Observation.Nothing.class);
        }
    }

    @Test
    void the_end_of_an_autoscaling_instance_is_read() throws Exception {
        try (MetadataMock mock = MetadataMock.start("asglifecycle", "--asg-termination-delay-sec", "0")) {
            assertThat(only(poll(mock, SourceId.AWS_ASG)).kind()).isEqualTo(NoticeKind.TERMINATE);
        }
    }

    @Test
    void before_its_time_there_is_none_and_then_it_appears() throws Exception {
        try (MetadataMock mock = MetadataMock.start("spot", "--mock-delay-sec", "2");
                MetadataClient client = new MetadataClient(mock.url(), InstantSource.system())) {
            NoticeSource.Polled source = source(client, SourceId.AWS_SPOT);
            assertThat(source.poll()).isInstanceOf(Observation.Nothing.class);
            await().until(() -> source.poll() instanceof Seen);
        }
    }

    @Test
    void where_version_one_is_switched_off_the_agent_reads_on() throws Exception {
        try (MetadataMock mock = MetadataMock.start("spot", "--imdsv2");
                MetadataClient client = new MetadataClient(mock.url(), InstantSource.system())) {
            Answer withoutToken = client.get(SpotAction.PATH, Map.of(), Duration.ofSeconds(2));
            assertThat(withoutToken)
                    .as("the mock does refuse version one")
                    .isInstanceOfSatisfying(
                            Answer.Reply.class,
                            reply -> assertThat(reply.status()).isEqualTo(401));
            assertThat(source(client, SourceId.AWS_SPOT).poll()).isInstanceOf(Seen.class);
        }
    }
}
