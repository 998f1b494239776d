package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.PodGateway;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The beans in the container, with an API server that is not there. */
@QuarkusTest
@TestProfile(KubeBeansIT.Nowhere.class)
class KubeBeansIT {

    public static final class Nowhere implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.kubernetes-client.api-server-url", "http://127.0.0.1:1",
                    "lastcall.notice.provider", "none",
                    "lastcall.node-name", "gpu-1");
        }
    }

    private final KubernetesClient client;
    private final NodeName name;
    private final NodeGateway node;
    private final PodGateway pods;
    private final EventRecorder events;

    @Inject
    KubeBeansIT(KubernetesClient client, NodeName name, NodeGateway node, PodGateway pods, EventRecorder events) {
        this.client = client;
        this.name = name;
        this.node = node;
        this.pods = pods;
        this.events = events;
    }

    @Test
    void the_policy_reaches_the_client_that_is_injected() {
        Config config = client.getConfiguration();

        assertThat(config.getRequestRetryBackoffLimit()).isZero();
        assertThat(config.getConnectionTimeout()).isEqualTo(2_000);
        assertThat(config.getRequestTimeout()).isEqualTo(15_000);
        assertThat(config.getMaxConcurrentRequestsPerHost()).isEqualTo(64);
        assertThat(config.getUserAgent()).startsWith("lastcall/").doesNotContain("fabric8");
    }

    @Test
    void an_api_server_that_is_not_there_fails_no_start_and_no_call() {
        assertThat(name.value()).isEqualTo("gpu-1");
        assertThat(node.latest()).isEmpty();
        assertThat(node.read()).isEmpty();
        assertThat(pods.latest()).isEmpty();
        assertThat(pods.synced()).isFalse();
        events.onNode(false, "NodeAtRisk", "nobody hears it");
    }
}
