package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.RecordedRequest;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a fleet of agents costs the API server while nothing happens, and after it was away. */
@Tag("alone")
class SteadyStateIT {

    private final RealApi api = new RealApi("steady");

    @AfterEach
    void tearDown() {
        api.close();
    }

    @Test
    void after_the_start_there_are_two_watches_and_nothing_else() {
        long mark = api.plane.auditLog().mark();
        try (KubeNode node = new KubeNode(api.client, api.node);
                KubePods pods = new KubePods(api.client, api.node, InstantSource.system())) {
            node.start();
            pods.start();
            await().until(() -> node.connected() && pods.connected() && pods.synced());
            long started = api.plane.auditLog().mark();

            for (int i = 0; i < 20; i++) {
                api.runningPod("pod-" + i, Map.of());
            }
            await().until(() -> pods.latest().size() == 20
                    && pods.latest().stream().allMatch(pod -> pod.phase().equals("Running")));

            assertThat(ours(mark))
                    .filteredOn(event -> !event.requestUri().contains("timeoutSeconds="))
                    .extracting(AuditEvent::verb, AuditEvent::resource)
                    .containsExactlyInAnyOrder(
                            tuple("list", "nodes"),
                            tuple("list", "pods"),
                            tuple("watch", "nodes"),
                            tuple("watch", "pods"));
            assertThat(ours(mark))
                    .filteredOn(event -> event.verb().equals("list"))
                    .allMatch(event -> event.requestUri().contains("resourceVersion=0"));
            assertThat(ours(started)).allMatch(event -> event.verb().equals("watch"));
        }
    }

    @Test
    void an_outage_leaves_the_picture_and_the_watches_come_back_without_a_list_and_without_a_rush() throws IOException {
        try (ApiProxy proxy = ApiProxy.before(api.plane);
                KubernetesClient client = api.agentClient(api.plane.kubeconfigVia(proxy.url(), ControlPlane.AGENT));
                KubeNode node = new KubeNode(client, api.node);
                KubePods pods = new KubePods(client, api.node, InstantSource.system())) {
            api.runningPod("before", Map.of());
            node.start();
            pods.start();
            await().until(() -> node.connected() && pods.connected() && pods.synced());
            proxy.forgetRequests();

            proxy.outage();
            await().until(() -> !node.connected() && !pods.connected());
            api.runningPod("meanwhile", Map.of());
            api.remove("before");
            assertThat(pods.latest()).extracting(pod -> pod.ref().name()).containsExactly("before");
            assertThat(node.latest()).isPresent();
            assertThat(node.read()).isEmpty();
            proxy.heal();

            await().atMost(Duration.ofSeconds(30)).until(() -> node.connected() && pods.connected());
            await().until(() ->
                    pods.latest().stream().map(pod -> pod.ref().name()).toList().equals(List.of("meanwhile")));
            assertThat(proxy.requests())
                    .extracting(RecordedRequest::query)
                    .allMatch(query -> query.contains("watch=true"))
                    .hasSize(2);
        }
    }

    @Test
    void connections_that_have_gone_silent_are_noticed_before_the_agent_is_blind_and_cost_no_list() throws IOException {
        WatchPace pace = new WatchPace(Duration.ofSeconds(15));
        try (ApiProxy proxy = ApiProxy.before(api.plane);
                KubernetesClient client = api.agentClient(api.plane.kubeconfigVia(proxy.url(), ControlPlane.AGENT));
                KubeNode node = new KubeNode(new ApiServer(client), api.node, pace);
                KubePods pods = new KubePods(new ApiServer(client), api.node, InstantSource.system(), pace)) {
            node.start();
            pods.start();
            await().until(() -> node.connected() && pods.connected() && pods.synced());
            proxy.muteConnections();
            proxy.forgetRequests();
            new ForeignHand(api.admin, api.node.value()).annotate("said", "into the void");
            api.runningPod("meanwhile", Map.of());

            await().atMost(Duration.ofSeconds(60)).until(() -> {
                assertThat(node.blind() || pods.blind()).isFalse();
                return !pods.latest().isEmpty()
                        && node.latest().orElseThrow().annotations().containsKey("said");
            });
            assertThat(proxy.requests())
                    .extracting(RecordedRequest::query)
                    .allMatch(query -> query.contains("watch=true"));
        }
    }

    @Test
    void a_quiet_node_is_watched_on_by_short_watches_without_a_list() throws IOException {
        WatchPace pace = new WatchPace(Duration.ofSeconds(6));
        try (ApiProxy proxy = ApiProxy.before(api.plane);
                KubernetesClient client = api.agentClient(api.plane.kubeconfigVia(proxy.url(), ControlPlane.AGENT));
                KubePods pods = new KubePods(new ApiServer(client), api.node, InstantSource.system(), pace)) {
            pods.start();
            await().until(() -> pods.connected() && pods.synced());
            proxy.forgetRequests();

            await().atMost(Duration.ofSeconds(60)).until(() -> {
                assertThat(pods.blind()).isFalse();
                return proxy.requests().size() >= 4;
            });
            assertThat(pods.up()).isTrue();
            assertThat(proxy.requests())
                    .extracting(RecordedRequest::query)
                    .allMatch(query -> query.contains("watch=true") && query.contains("timeoutSeconds="));
        }
    }

    private List<AuditEvent> ours(long mark) {
        return api.plane.auditLog().requests(mark).stream()
                .filter(event -> event.userAgent().equals("lastcall/" + api.version))
                .toList();
    }
}
