package dev.lastcall.notice.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.notice.Observation.Nothing;
import dev.lastcall.notice.Observation.Seen;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.support.metadata.FakeGcp;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LongPollTest {

    private static final GcpValues VALUES = new GcpValues("boot-1", Duration.ofSeconds(30), () -> true);

    private final FakeGcp gcp = new FakeGcp();
    private final MetadataClient client = new MetadataClient(gcp.url(), InstantSource.system());
    private final LongPoll preempted =
            poll(SourceId.GCP_PREEMPTED, FakeGcp.PREEMPTED, VALUES::preempted, Duration.ofSeconds(2));

    private LongPoll poll(SourceId id, String path, Function<String, Parsed> parser, Duration hold) {
        return new LongPoll(id, client, path, parser, hold, id == SourceId.GCP_UPCOMING);
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        gcp.close();
    }

    private static Sighting only(Observation observation) {
        assertThat(observation).isInstanceOf(Seen.class);
        return ((Seen) observation).sightings().getFirst();
    }

    @Test
    void the_first_question_is_answered_at_once_the_next_when_the_value_changes() throws Exception {
        LongPoll patient = poll(SourceId.GCP_PREEMPTED, FakeGcp.PREEMPTED, VALUES::preempted, Duration.ofSeconds(600));
        assertThat(patient.poll()).isInstanceOf(Nothing.class);
        CompletableFuture<Observation> held = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                held.complete(patient.poll());
            } catch (InterruptedException stopped) {
                held.completeExceptionally(stopped);
            }
        });
        org.awaitility.Awaitility.await()
                .until(() -> gcp.service().requests(FakeGcp.PREEMPTED).size() == 2);
        assertThat(held).isNotDone();
        gcp.set(FakeGcp.PREEMPTED, "TRUE");
        Sighting seen = only(held.get(10, TimeUnit.SECONDS));
        asking.join();
        assertThat(seen.kind()).isEqualTo(NoticeKind.PREEMPT);
        assertThat(seen.due()).isEqualTo(new Due.Within(Duration.ofSeconds(30)));
        assertThat(gcp.service().requests().getLast().query())
                .contains("wait_for_change=true")
                .contains("last_etag=e");
    }

    @Test
    void an_answer_at_the_time_out_with_the_same_etag_is_a_success_and_the_question_is_put_again_at_once()
            throws Exception {
        assertThat(preempted.poll()).isInstanceOf(Nothing.class);
        assertThat(preempted.poll()).isInstanceOf(Nothing.class);
    }

    @Test
    void a_server_that_does_not_hold_the_question_is_not_asked_in_a_loop() throws Exception {
        Reaction atOnce = new Reaction.Reply(200, Map.of("Metadata-Flavor", "Google"), "FALSE");
        gcp.service().next(FakeGcp.PREEMPTED, atOnce, atOnce);
        preempted.poll();
        assertThat(preempted.interval()).isZero();
        preempted.poll();
        assertThat(preempted.interval()).isPositive();
    }

    @Test
    void after_a_failure_the_value_is_read_at_once_and_not_waited_for() throws Exception {
        preempted.poll();
        gcp.service().next(FakeGcp.PREEMPTED, Reaction.status(503));
        assertThat(preempted.poll()).isInstanceOf(Failed.class);
        preempted.poll();
        assertThat(gcp.service().requests().getLast().query()).contains("last_etag=0");
    }

    @Test
    void an_answer_without_the_flavour_is_not_googles() throws Exception {
        gcp.service().next(FakeGcp.PREEMPTED, Reaction.ok("TRUE"));
        assertThat(preempted.poll())
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("malformed"));
    }

    @Test
    void every_question_names_the_flavour() throws Exception {
        preempted.poll();
        assertThat(gcp.service().requests())
                .extracting((FakeMetadata.Request request) -> request.header("Metadata-Flavor"))
                .containsOnly("Google");
    }

    @Test
    void a_gpu_machine_has_an_hour_before_host_maintenance_another_a_minute_and_migration_takes_nobody()
            throws Exception {
        gcp.set(FakeGcp.MAINTENANCE, "TERMINATE_ON_HOST_MAINTENANCE");
        LongPoll host =
                poll(SourceId.GCP_MAINTENANCE, FakeGcp.MAINTENANCE, VALUES::maintenanceEvent, Duration.ofSeconds(1));
        assertThat(only(host.poll()).due()).isEqualTo(new Due.Within(Duration.ofMinutes(60)));
        GcpValues plain = new GcpValues("boot-1", Duration.ofSeconds(30), () -> false);
        assertThat(((Parsed.Understood) plain.maintenanceEvent("TERMINATE_ON_HOST_MAINTENANCE"))
                        .sightings()
                        .getFirst()
                        .due())
                .isEqualTo(new Due.Within(Duration.ofSeconds(60)));
        gcp.set(FakeGcp.MAINTENANCE, "MIGRATE_ON_HOST_MAINTENANCE");
        assertThat(host.poll()).isInstanceOf(Nothing.class);
    }

    @Test
    void gpus_that_appear_after_the_start_give_a_node_its_hour() {
        AtomicBoolean gpus = new AtomicBoolean();
        GcpValues values = new GcpValues("boot-1", Duration.ofSeconds(30), gpus::get);
        assertThat(dueOf(values)).isEqualTo(new Due.Within(Duration.ofSeconds(60)));
        gpus.set(true);
        assertThat(dueOf(values)).isEqualTo(new Due.Within(Duration.ofMinutes(60)));
    }

    private static Due dueOf(GcpValues values) {
        return ((Parsed.Understood) values.maintenanceEvent("TERMINATE_ON_HOST_MAINTENANCE"))
                .sightings()
                .getFirst()
                .due();
    }

    @Test
    void the_window_of_a_preemption_is_what_is_configured() {
        GcpValues long120 = new GcpValues("boot-1", Duration.ofSeconds(120), () -> true);
        assertThat(((Parsed.Understood) long120.preempted("TRUE"))
                        .sightings()
                        .getFirst()
                        .due())
                .isEqualTo(new Due.Within(Duration.ofSeconds(120)));
    }

    @Test
    void the_identity_of_a_preemption_is_its_boot() {
        GcpValues next = new GcpValues("boot-2", Duration.ofSeconds(30), () -> true);
        assertThat(((Parsed.Understood) VALUES.preempted("TRUE"))
                        .sightings()
                        .getFirst()
                        .id())
                .isNotEqualTo(((Parsed.Understood) next.preempted("TRUE"))
                        .sightings()
                        .getFirst()
                        .id());
    }

    @Test
    void a_key_that_this_machine_does_not_have_is_none_but_once_it_answered_503_is_a_failure() throws Exception {
        LongPoll upcoming = poll(SourceId.GCP_UPCOMING, FakeGcp.UPCOMING, VALUES::upcoming, Duration.ofSeconds(1));
        gcp.service().next(FakeGcp.UPCOMING, Reaction.status(503), Reaction.status(404));
        assertThat(upcoming.poll()).isInstanceOf(Nothing.class);
        assertThat(upcoming.poll()).isInstanceOf(Nothing.class);
        gcp.set(FakeGcp.UPCOMING, "{\"window_start_time\":\"2126-12-24T22:00:00Z\",\"type\":\"SCHEDULED\"}");
        assertThat(only(upcoming.poll()).kind()).isEqualTo(NoticeKind.MAINTENANCE);
        gcp.service().next(FakeGcp.UPCOMING, Reaction.status(503));
        assertThat(upcoming.poll()).isInstanceOf(Failed.class);
    }

    @Test
    void a_503_that_says_that_nothing_is_planned_is_none_even_after_something_was() throws Exception {
        // Else a node whose maintenance is over would count as blind for the rest of its life.
        LongPoll upcoming = poll(SourceId.GCP_UPCOMING, FakeGcp.UPCOMING, VALUES::upcoming, Duration.ofSeconds(1));
        gcp.set(FakeGcp.UPCOMING, "{\"window_start_time\":\"2126-12-24T22:00:00Z\"}");
        assertThat(only(upcoming.poll()).kind()).isEqualTo(NoticeKind.MAINTENANCE);
        Reaction noneYet = new Reaction.Reply(
                503,
                Map.of("Metadata-Flavor", "Google"),
                "{ \"error\": \"no notifications have been received yet, try again later\" }");
        gcp.service().next(FakeGcp.UPCOMING, noneYet, noneYet);
        assertThat(upcoming.poll()).isInstanceOf(Nothing.class);
        assertThat(upcoming.poll()).isInstanceOf(Nothing.class);
        assertThat(upcoming.interval())
                .as("a server that does not hold the question")
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ }",
                "NONE",
                "NONE\n",
                "\"NONE\"",
                "{ \"error\": \"no notifications have been received yet, try again later\" }",
                "{\"Upcoming maintenance\": {}}"
            })
    void every_known_way_to_say_that_nothing_is_planned_is_understood(String body) {
        assertThat(VALUES.upcoming(body)).isEqualTo(Parsed.none());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "\"SOON\"", "{\"error\": \"internal\"}", "{\"type\":\"SCHEDULED\"}"})
    void what_says_neither_is_garbled(String body) {
        assertThat(VALUES.upcoming(body)).isInstanceOf(Parsed.Garbled.class);
    }
}
