package dev.lastcall.support.stack;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.keda.KedaPlane;
import dev.lastcall.support.keda.ScrapingPrometheus;
import dev.lastcall.support.keda.StateMetrics;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.process.Started;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.router.Router;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The chart as release {@code chat} in namespace {@code llm}, with eight slots an engine: a pool on spot nodes that follows demand, and one on demand
 * that steps in for it. Real: API server, controllers, scheduler, KEDA, HPA, Prometheus, agents. Stood in for: kubelet, the engines, the
 * cloud's metadata service, kube-state-metrics.
 */
public final class ServingStack implements AutoCloseable {
    public static final String NAMESPACE = ServingChart.NAMESPACE;

    /** Image of the batch worker in {@link Settings#images}. */
    public static final String BATCH_IMAGE = "lastcall.test/worker:0.1.0";

    /** One for the floor, two for what a notice of two nodes asks for. */
    private static final int ON_DEMAND_NODES = 3;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final ObjectMapper JSON = new ObjectMapper();
    /** NetworkPolicies have nobody to enforce them here; PodMonitors and rules are the operator's. */
    private static final List<String> APPLIED = List.of(
            "ServiceAccount",
            "PriorityClass",
            "Service",
            "PodDisruptionBudget",
            "Deployment",
            "ScaledObject",
            "ScaledJob");

    private final Started open = new Started();
    private final KedaPlane keda;
    private final Router router;
    private final List<SpotNode> spot = new ArrayList<>();
    private final Settings settings;
    private final VllmProgram engines = new VllmProgram();
    private int nodes;

    /**
     * @param spotNodes how many there are at first
     * @param gpus of each node
     * @param withdraw {@code lastcall.serving.withdraw}; empty = no agents
     * @param values more of the chart's, as {@code --set} takes them; PROMETHEUS stands for its address
     * @param images more programs by image
     */
    public record Settings(
            int spotNodes, int gpus, String withdraw, List<String> values, Map<String, PodProgram> images) {
        public Settings {
            values = List.copyOf(values);
            images = Map.copyOf(images);
        }
    }

    private ServingStack(KedaPlane keda, Router router, Settings settings) {
        this.keda = keda;
        this.router = router;
        this.settings = settings;
        this.open.keep(keda);
        this.open.keep(router);
    }

    /** Why it can't start; empty where everything is there. */
    public static Optional<String> missing() {
        return Missing.first();
    }

    /**
     * Returns when both pools serve and KEDA sees their metrics.
     *
     * @param folder for logs and data
     * @param router not watching yet
     * @param step told what has been done
     */
    public static ServingStack start(Path folder, Router router, Settings settings, Consumer<String> step)
            throws Exception {
        ServingStack stack = new ServingStack(KedaPlane.start(folder), router, settings);
        try {
            step.accept("an API server, KEDA and its metrics adapter run on loopback");
            stack.boot(folder, step);
            return stack;
        } catch (Exception failed) {
            stack.close();
            throw failed;
        }
    }

    private void boot(Path folder, Consumer<String> step) throws Exception {
        keda.apply("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: %s}
                """.formatted(NAMESPACE));
        for (int i = 0; i < settings.spotNodes(); i++) {
            SpotNode node = SpotNode.start(keda.plane(), node("spot"), settings.withdraw());
            spot.add(node);
            open.keep(node);
        }
        for (int i = 0; i < ON_DEMAND_NODES; i++) {
            open.keep(node("on-demand"));
        }
        spot.forEach(SpotNode::awaitReady);
        step.accept(spot.size() + " spot nodes with an agent each, " + ON_DEMAND_NODES + " nodes on demand");
        ScrapingPrometheus prometheus = new ScrapingPrometheus(folder.resolve("prometheus"));
        open.keep(prometheus);
        StateMetrics state = StateMetrics.start(keda.client(), NAMESPACE);
        open.keep(state);
        Map<String, InetSocketAddress> always = new HashMap<>(Map.of("state-metrics", state.address()));
        for (SpotNode node : spot) {
            node.metrics().ifPresent(address -> always.put("agent-" + node.name(), address));
        }
        open.keep(new ScrapeTargets(keda.client(), prometheus, always));
        router.watch(keda.client(), NAMESPACE, Map.of("app.kubernetes.io/name", "lastcall-serving"));
        for (JsonNode object : ServingChart.objects("--set", String.join(",", values(prometheus.url())))) {
            if (APPLIED.contains(object.path("kind").asText())) {
                keda.apply(JSON.writeValueAsString(object));
            }
        }
        await("both pools serve")
                .atMost(PATIENCE)
                .until(() -> router.inRotation().size() == wanted("spot") + wanted("ondemand"));
        await("KEDA sees the engines")
                .atMost(PATIENCE)
                .until(() -> keda.condition(NAMESPACE, ServingChart.RELEASE + "-spot", "Fallback")
                        .equals("False"));
        step.accept("the chart is installed: " + wanted("spot") + " on spot, one on demand; KEDA sees their metrics");
    }

    private List<String> values(String prometheus) {
        List<String> values = new ArrayList<>(List.of(
                "cloud=aws",
                "model.name=tiny",
                "cache.mode=none",
                "coldStartSeconds=10",
                "preStopSeconds=1",
                "engine.maxNumSeqs=8",
                "engine.shutdownTimeoutSeconds=20",
                "engine.extraArgs={--lastcall-startup-ms=3000}",
                // Three steps up at once: a quarter of the most.
                "pools.spot.max=12",
                // While spot grows, what it still lacks is asked for on demand: that goes again within a minute, not in
                // ten.
                "autoscaling.scaleDown.windowSeconds=30",
                "autoscaling.scaleDown.periodSeconds=30",
                "autoscaling.prometheus=" + prometheus,
                "autoscaling.pollingInterval=2"));
        settings.values().forEach(value -> values.add(value.replace("PROMETHEUS", prometheus)));
        return values;
    }

    /** One more spot node, which nobody takes back: what a cluster autoscaler would bring. */
    public void grow() {
        open.keep(node("spot"));
    }

    private ScriptedKubelet node(String capacity) {
        String name = capacity + "-" + nodes++;
        return ScriptedKubelet.on(keda.plane(), name)
                .label("karpenter.sh/capacity-type", capacity)
                .providerId("aws:///eu-central-1a/i-" + name)
                .capacity("nvidia.com/gpu", Integer.toString(settings.gpus()))
                .image("vllm/vllm-openai:v0.32.0", engines)
                .images(settings.images())
                .start();
    }

    /** The control plane, for programs that need a kubeconfig. */
    public ControlPlane plane() {
        return keda.plane();
    }

    public KubernetesClient client() {
        return keda.client();
    }

    public Router router() {
        return router;
    }

    public List<SpotNode> spot() {
        return List.copyOf(spot);
    }

    /** The programs of KEDA that have ended; see {@link KedaPlane#ended}. */
    public List<String> ended() {
        return keda.ended();
    }

    /** How many a pool is told to have; {@code spot} or {@code ondemand}. */
    public int wanted(String pool) {
        return client().apps()
                .deployments()
                .inNamespace(NAMESPACE)
                .withName(ServingChart.RELEASE + "-" + pool)
                .require()
                .getSpec()
                .getReplicas();
    }

    /** The engines of a pool, detached ones included. */
    public List<Pod> pods(String pool) {
        return client().pods()
                .inNamespace(NAMESPACE)
                .withLabel("serving.lastcall.dev/pool", pool)
                .list()
                .getItems();
    }

    /** What the agent left on the Node. */
    public Optional<JsonNode> report(SpotNode node) throws IOException {
        String text = client().nodes()
                .withName(node.name())
                .require()
                .getMetadata()
                .getAnnotations()
                .get("lastcall.dev/last-report");
        return text == null ? Optional.empty() : Optional.of(JSON.readTree(text));
    }

    /** Values for a batch of up to three workers on that queue, whose image is {@link #BATCH_IMAGE}. */
    public static List<String> batch(RedisQueue redis) {
        return List.of(
                "batch.enabled=true",
                "batch.image.repository=" + BATCH_IMAGE.substring(0, BATCH_IMAGE.lastIndexOf(':')),
                "batch.redis.address=" + redis.url().replace("redis://", ""),
                "batch.maxWorkers=3",
                "batch.leaseSeconds=10",
                "batch.drainSeconds=3",
                "batch.idleSeconds=15");
    }

    /** The address of an engine or a router, as the batch worker takes it. */
    public static String url(InetSocketAddress address) {
        return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** A router for {@link #start}: it acts on a change 300 ms after it. */
    public static Router newRouter() throws IOException {
        return Router.start(RotationRule.LABEL, Duration.ofMillis(300));
    }

    @Override
    public void close() throws Exception {
        open.close();
    }
}
