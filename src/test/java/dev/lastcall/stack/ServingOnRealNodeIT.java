package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.TestbedBinaries;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.images.ImageTar;
import dev.lastcall.support.images.StaticBusybox;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.process.Started;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.router.Router;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The serving chart's own pod on a real kubelet: its security context, mounts, probes, preStop and grace are what containerd and
 * runc make of them. Its engine is a stand-in under the name {@code vllm}; its replacement runs on a scripted node.
 */
class ServingOnRealNodeIT {

    private static final String NODE = "spot-gpu";
    private static final String IMAGE = "lastcall.test/vllm";
    private static final String TAG = "v0.32.0";
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Map<String, String> SPOT = Map.of("karpenter.sh/capacity-type", "spot");
    private static final List<String> APPLIED =
            List.of("ServiceAccount", "PriorityClass", "Service", "PodDisruptionBudget", "Deployment");

    /** Says who it is and whether its image can be written to, and leaves out the flags that the stand-in does not know. */
    private static final String VLLM = """
            #!/bin/sh
            echo "uid $(id -u), image $(if touch /written 2>/dev/null; then echo writable; else echo read-only; fi)"
            for word; do
              shift
              case $word in
                --port=* | --served-model-name=* | --shutdown-timeout=* | [!-]*) set -- "$@" "$word" ;;
              esac
            done
            exec /engine "$@"
            """;

    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    Path folder;

    @BeforeAll
    static void everythingIsThere() {
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(StaticBusybox.isThere(), StaticBusybox.SKIPPED);
    }

    @Test
    void the_only_replica_is_replaced_evicted_without_force_and_ends_after_its_last_request() throws Exception {
        try (Started open = new Started()) {
            ControlPlane plane = open.keep(ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE)));
            RealNode node = open.keep(RealNode.start(plane, NODE, SPOT));
            try {
                isDrained(plane, node, open);
            } catch (Exception | AssertionError failed) {
                System.out.println(node.logTails());
                throw failed;
            }
        }
    }

    private void isDrained(ControlPlane plane, RealNode node, Started open) throws Exception {
        node.importImage(image());
        // As a device plugin would; the engine needs none of them.
        plane.client()
                .nodes()
                .withName(NODE)
                .subresource("status")
                .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), """
                        {"status":{"capacity":{"nvidia.com/gpu":"1"}}}""");
        Router router = open.keep(Router.start(RotationRule.LABEL, Duration.ofMillis(300)));
        install(plane);
        router.watch(plane.client(), ServingChart.NAMESPACE, Map.of("app.kubernetes.io/name", "lastcall-serving"));
        await("the replica serves from a real container")
                .atMost(SOON)
                .until(() -> router.inRotation().size() == 1);
        Pod first = pods(plane).getFirst();
        assertThat(node.podLog(ServingChart.NAMESPACE, first.getMetadata().getName(), "engine"))
                .contains("uid 2000, image read-only");
        open.keep(spare(plane));
        FakeImds imds = open.keep(new FakeImds());
        open.keep(agent(plane, imds));
        LoadClient load = open.keep(LoadClient.start(
                router.address(), LoadPlan.concurrency(4).lasting(Duration.ofSeconds(4), Duration.ofSeconds(10))));
        await("requests are under way").atMost(SOON).until(() -> load.inFlight() == 4);
        long mark = plane.auditLog().mark();

        imds.announce("terminate", Duration.ofSeconds(60));
        JsonNode report = await("the report").atMost(SOON).until(() -> report(node), text -> !text.isMissingNode());
        load.stopArrivals();
        Tally clients = load.await(SOON);

        assertThat(clients.lost()).as(clients.summary()).isEmpty();
        assertThat(clients.rejected()).as(clients.summary()).isZero();
        assertThat(report.path("outcome").asText()).as(report.toString()).isEqualTo("done");
        // One may have ended as the notice came, and the next one not begun.
        assertThat(report.at("/requests/atNotice").asInt()).isBetween(3, 4);
        assertThat(report.at("/requests/lost").asInt(-1)).isZero();
        assertThat(report.at("/pods/forced").asInt(-1)).isZero();
        assertThat(plane.auditLog().requestsOf(ControlPlane.AGENT, mark))
                .filteredOn(call -> call.subresource().equals("eviction")
                        && call.name().equals(first.getMetadata().getName()))
                .extracting(AuditEvent::code)
                .as("minAvailable is 1, and there is only one: granted once its replacement is Ready")
                .contains(201);
    }

    private Path image() throws IOException {
        Path script = Files.writeString(folder.resolve("vllm"), VLLM);
        ImageTar tar = ImageTar.named(IMAGE + ":" + TAG)
                .program(TestbedBinaries.locate().path("engine"), "/engine")
                .program(script, "/bin/vllm");
        return StaticBusybox.in(tar, "sh", "id", "touch").writeTo(folder.resolve("vllm.tar"));
    }

    /** The pool on spot alone: KEDA would give it its first replica, which is a Deployment's default as well. */
    private void install(ControlPlane plane) throws IOException {
        plane.client().resource("""
                        {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"llm"}}""").create();
        String values = "cloud=aws,model.name=tiny,cache.mode=none,coldStartSeconds=30,preStopSeconds=1"
                + ",engine.shutdownTimeoutSeconds=20,resources.cpu=100m,resources.memory=1Gi,resources.sharedMemoryGiB=1"
                + ",image.repository=" + IMAGE + ",image.tag=" + TAG
                + ",autoscaling.prometheus=http://127.0.0.1:9";
        for (JsonNode object : ServingChart.objects("--set", values)) {
            if (APPLIED.contains(object.path("kind").asText())
                    && !object.at("/metadata/name").asText().endsWith("-ondemand")) {
                plane.client().resource(json.writeValueAsString(object)).create();
            }
        }
    }

    private static ScriptedKubelet spare(ControlPlane plane) {
        return ScriptedKubelet.on(plane, "spare")
                .label("karpenter.sh/capacity-type", "spot")
                .capacity("nvidia.com/gpu", "1")
                .image(IMAGE + ":" + TAG, new VllmProgram())
                .start();
    }

    private static AgentProcess agent(ControlPlane plane, FakeImds imds) throws IOException, InterruptedException {
        AgentProcess agent = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", NODE)
                .config("lastcall.notice.aws.endpoint", imds.url())
                .config("lastcall.notice.provider", "aws")
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                .config("lastcall.serving.withdraw", "label,detach")
                .start();
        await("the agent is ready")
                .atMost(SOON)
                .until(() -> agent.get("/health/ready").statusCode() == 200);
        return agent;
    }

    private static List<Pod> pods(ControlPlane plane) {
        return plane.client()
                .pods()
                .inNamespace(ServingChart.NAMESPACE)
                .withLabel("lastcall.dev/engine")
                .list()
                .getItems();
    }

    private JsonNode report(RealNode node) throws IOException {
        String text = node.object().getMetadata().getAnnotations().get("lastcall.dev/last-report");
        return text == null ? json.missingNode() : json.readTree(text);
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
