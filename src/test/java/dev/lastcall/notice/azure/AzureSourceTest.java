package dev.lastcall.notice.azure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Observation.Failed;
import dev.lastcall.notice.Observation.Nothing;
import dev.lastcall.notice.Observation.Seen;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.support.metadata.FakeAzure;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.Reaction;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AzureSourceTest {

    private static final String SCALE_SET =
            "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/GPU/virtualMachines/3";

    private final FakeAzure azure = new FakeAzure();
    private final MetadataClient client = new MetadataClient(azure.url(), InstantSource.system());

    @AfterEach
    void stop() throws IOException {
        client.close();
        azure.close();
    }

    private AzureSource source(String providerId) {
        return new AzureSource(
                client, providerId, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMillis(300));
    }

    @ParameterizedTest
    @CsvSource({"Preempt, PREEMPT", "Terminate, TERMINATE", "Reboot, REBOOT", "Redeploy, MAINTENANCE", "Freeze, FREEZE"
    })
    void every_documented_type_has_its_kind(String type, NoticeKind kind) throws Exception {
        azure.event("e", type, "gpu_3", Duration.ofSeconds(60));
        assertThat(source(SCALE_SET).poll()).isInstanceOfSatisfying(Seen.class, seen -> {
            assertThat(seen.sightings().getFirst().kind()).isEqualTo(kind);
            assertThat(seen.sightings().getFirst().due()).isInstanceOf(Due.NotBefore.class);
        });
    }

    @Test
    void a_type_that_is_not_documented_begins_nothing() throws Exception {
        azure.event("e", "Levitate", "gpu_3", Duration.ofSeconds(60));
        assertThat(source(SCALE_SET).poll()).isInstanceOf(Nothing.class);
    }

    @Test
    void an_event_that_starts_without_having_been_scheduled_is_seen_with_almost_no_time() throws Exception {
        azure.started("e", "Preempt", "gpu_3");
        assertThat(source(SCALE_SET).poll())
                .isInstanceOfSatisfying(
                        Seen.class,
                        seen -> assertThat(seen.sightings().getFirst().due())
                                .isEqualTo(new Due.Within(ScheduledEventsDocument.STARTED)));
    }

    @Test
    void the_same_event_keeps_its_identity_when_it_starts() throws Exception {
        azure.event("e", "Reboot", "gpu_3", Duration.ofSeconds(60));
        Seen scheduled = (Seen) source(SCALE_SET).poll();
        azure.started("e", "Reboot", "GPU_3");
        Seen started = (Seen) source(SCALE_SET).poll();
        assertThat(started.sightings().getFirst().id())
                .isEqualTo(scheduled.sightings().getFirst().id());
    }

    @Test
    void without_a_provider_id_the_service_is_asked_once_who_this_is() throws Exception {
        AzureSource source = source("");
        assertThat(source.poll()).isInstanceOf(Nothing.class);
        azure.event("e", "Preempt", "GPU_3", Duration.ofSeconds(60));
        assertThat(source.poll()).isInstanceOf(Seen.class);
        assertThat(azure.service().requests(FakeAzure.NAME)).hasSize(1);
    }

    @Test
    void the_first_answer_may_be_slow_later_ones_may_not() throws Exception {
        AzureSource source = source(SCALE_SET);
        azure.service()
                .next(FakeAzure.EVENTS, new Reaction.Late(Duration.ofMillis(600), Reaction.ok("{\"Events\":[]}")));
        assertThat(source.poll()).isInstanceOf(Nothing.class);
        azure.service().next(FakeAzure.EVENTS, new Reaction.Hang());
        assertThat(source.poll())
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.code()).isEqualTo("timeout"));
    }

    @Test
    void a_404_is_not_azures_way_to_say_none() throws Exception {
        azure.service().next(FakeAzure.EVENTS, Reaction.status(404));
        assertThat(source(SCALE_SET).poll()).isInstanceOf(Failed.class);
    }

    @Test
    void nothing_is_ever_approved() throws Exception {
        azure.event("e", "Preempt", "gpu_3", Duration.ofSeconds(60));
        Observation observation = source(SCALE_SET).poll();
        assertThat(observation).isInstanceOf(Seen.class);
        assertThat(azure.service().requests())
                .extracting(FakeMetadata.Request::method)
                .containsOnly("GET");
    }

    @ParameterizedTest
    @CsvSource({
        "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/Aks-GPU/virtualMachines/12, aks-gpu_12",
        "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/Gpu-1, gpu-1",
        "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/Flex/virtualMachines/flex_ab12, flex_ab12",
    })
    void the_own_name_comes_from_the_provider_id(String providerId, String name) {
        assertThat(OwnMachine.ofProviderId(providerId).orElseThrow().names()).containsExactly(name);
    }
}
