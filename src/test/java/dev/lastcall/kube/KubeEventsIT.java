package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodRef;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KubeEventsIT {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final RealApi api = new RealApi("kube-events");
    private final KubeEvents events = new KubeEvents(api.client, api.node, InstantSource.system());

    @AfterEach
    void tearDown() {
        events.close();
        api.close();
    }

    @Test
    void an_event_of_the_node_is_where_kubectl_describe_looks_for_it() {
        events.onNode(true, "InterruptionNotice", "spot, in 120 s");
        assertThat(events.flush(LONG)).isTrue();

        // kubectl's query: the name stands for the UID, as with kubelet's own events.
        List<Event> found = api.admin
                .v1()
                .events()
                .inAnyNamespace()
                .withField("involvedObject.kind", "Node")
                .withField("involvedObject.name", api.node.value())
                .withField("involvedObject.uid", api.node.value())
                .list()
                .getItems();
        assertThat(found).singleElement().satisfies(event -> {
            assertThat(event.getType()).isEqualTo("Warning");
            assertThat(event.getReason()).isEqualTo("InterruptionNotice");
            assertThat(event.getMessage()).isEqualTo("spot, in 120 s");
            assertThat(event.getReportingComponent()).isEqualTo("lastcall");
            assertThat(event.getSource().getComponent()).isEqualTo("lastcall");
            assertThat(event.getMetadata().getNamespace()).isEqualTo("default");
        });
    }

    @Test
    void the_same_words_again_count_up_and_other_words_are_another_event() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));
        for (int i = 0; i < 5; i++) {
            events.onPod(pod, true, "EvictionBlocked", "budget web", "Evict");
        }
        events.onPod(pod, true, "EvictionBlocked", "budget other", null);
        assertThat(events.flush(LONG)).isTrue();

        assertThat(ofPods())
                .extracting(event -> event.getMessage() + " x" + event.getCount() + " " + event.getAction())
                .containsExactlyInAnyOrder("budget web x5 Evict", "budget other x1 EvictionBlocked");
    }

    @Test
    void words_that_never_repeat_cannot_flood_the_cluster() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));
        for (int i = 1; i <= 30; i++) {
            events.onPod(pod, true, "EvictionBlocked", "try " + i, null);
        }
        assertThat(events.flush(LONG)).isTrue();

        assertThat(ofPods()).hasSize(10).anySatisfy(event -> {
            assertThat(event.getMessage()).isEqualTo("try 30");
            assertThat(event.getCount()).isEqualTo(21);
        });
        assertThat(ofPods().stream().mapToInt(Event::getCount).sum()).isEqualTo(30);
    }

    @Test
    void what_the_server_did_not_take_at_first_is_written_when_it_is_back() throws IOException {
        try (ApiProxy proxy = ApiProxy.before(api.plane);
                KubernetesClient client = api.agentClient(api.plane.kubeconfigVia(proxy.url(), ControlPlane.AGENT));
                KubeEvents late = new KubeEvents(client, api.node, InstantSource.system())) {
            PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));
            proxy.inject(Fault.on("POST", ".*/events")
                    .refuse(503, "ServiceUnavailable")
                    .times(2));

            late.onPod(pod, false, "ServingIdle", "idle", null);

            assertThat(late.flush(LONG)).isTrue();
            assertThat(ofPods()).singleElement().extracting(Event::getReason).isEqualTo("ServingIdle");
        }
    }

    @Test
    void what_no_server_takes_is_dropped_and_counted_and_never_blocks() {
        PodRef nowhere = new PodRef("no-such-namespace", "a", "u");
        events.onPod(nowhere, false, "ServingIdle", "x".repeat(3000), null);

        assertThat(events.flush(LONG)).isTrue();
        assertThat(events.dropped()).isEqualTo(1);
    }

    private List<Event> ofPods() {
        return api.admin
                .v1()
                .events()
                .inNamespace(api.namespace)
                .withField("source", "lastcall")
                .list()
                .getItems();
    }
}
