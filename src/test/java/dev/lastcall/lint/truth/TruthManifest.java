package dev.lastcall.lint.truth;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A workload that lint has nothing to say about, its Service and its budget, as text; each method changes one thing. */
public final class TruthManifest {
    public static final String IMAGE = "vllm/vllm-openai:v0.18.0";
    /** The last one that has no {@code --shutdown-timeout}. */
    public static final String OLD_IMAGE = "vllm/vllm-openai:v0.17.1";

    public static final String APP = "chat";
    private static final String ROTATION = "lastcall.dev/rotation: in";

    private final List<String> flags = new ArrayList<>(List.of("--shutdown-timeout", "8"));
    private final List<String> budgets = new ArrayList<>();
    private String kind = "Deployment";
    private String image = IMAGE;
    private int replicas = 2;
    private int grace = 30;
    private int exitMillis = 500;
    private int startMillis;
    private int startupProbe;
    private boolean label = true;
    private boolean gate;
    private boolean links;
    private boolean pinned;
    private boolean bound;
    private @Nullable String preStop = "{sleep: {seconds: 2}}";
    private @Nullable String tolerations;
    private @Nullable String annotations;
    private String service = APP;
    private boolean follows = true;
    private boolean publishesUnready;
    private boolean headless;
    private @Nullable String serviceAnnotations;

    private TruthManifest() {}

    static TruthManifest serving() {
        return new TruthManifest();
    }

    TruthManifest kind(String other) {
        kind = other;
        return this;
    }

    /** vLLM's own, in place of {@code --shutdown-timeout 8}. */
    TruthManifest flags(String... own) {
        flags.clear();
        flags.addAll(List.of(own));
        return this;
    }

    TruthManifest image(String other) {
        image = other;
        return this;
    }

    TruthManifest replicas(int count) {
        replicas = count;
        return this;
    }

    TruthManifest grace(int seconds) {
        grace = seconds;
        return this;
    }

    /** The engine takes the time to end that a real one was seen to take, not half a second. */
    TruthManifest endsSlowly() {
        exitMillis = 7000;
        return this;
    }

    TruthManifest startsIn(int seconds) {
        startMillis = seconds * 1000;
        return this;
    }

    /** The longest start that its startup probe allows. */
    TruthManifest startupProbe(int seconds) {
        startupProbe = seconds;
        return this;
    }

    TruthManifest unlabelled() {
        label = false;
        return this;
    }

    TruthManifest gated() {
        gate = true;
        return this;
    }

    TruthManifest serviceLinks() {
        links = true;
        return this;
    }

    /** Only the node that is going to be taken suits it. */
    TruthManifest pinned() {
        pinned = true;
        return this;
    }

    /** The template names its node. */
    TruthManifest bound() {
        bound = true;
        return this;
    }

    TruthManifest preStop(@Nullable String hook) {
        preStop = hook;
        return this;
    }

    TruthManifest tolerating(String list) {
        tolerations = list;
        return this;
    }

    TruthManifest annotated(String map) {
        annotations = map;
        return this;
    }

    TruthManifest service(String name) {
        service = name;
        return this;
    }

    /** Its Service does not select the rotation label. */
    TruthManifest unfollowed() {
        follows = false;
        return this;
    }

    TruthManifest publishesUnready() {
        publishesUnready = true;
        return this;
    }

    TruthManifest headless() {
        headless = true;
        return this;
    }

    TruthManifest serviceAnnotated(String map) {
        serviceAnnotations = map;
        return this;
    }

    /** @param spec without its selector */
    TruthManifest budget(String spec) {
        budgets.add(spec);
        return this;
    }

    /** How many of its pods run before the notice. */
    public int running() {
        return pinned ? 1 : replicas;
    }

    public int replicas() {
        return replicas;
    }

    /** Whether another node may take its pods. */
    public boolean movable() {
        return !pinned;
    }

    /** Whether its Service asks for the rotation label. */
    public boolean followsLabel() {
        return follows && label;
    }

    public boolean publishing() {
        return publishesUnready;
    }

    /** The object whose pods are drained. */
    public String workload(String pool, String node) {
        List<String> command = Stream.concat(
                        Stream.of("vllm", "serve", "tiny"),
                        Stream.concat(
                                flags.stream(),
                                Stream.of(
                                        "--lastcall-flush-ms=1000",
                                        "--lastcall-exit-ms=" + exitMillis,
                                        "--lastcall-startup-ms=" + startMillis)))
                .map(word -> "\"" + word + "\"")
                .toList();
        return lines(
                "apiVersion: apps/v1",
                "kind: " + kind,
                "metadata: {name: " + APP + "}",
                "spec:",
                "  replicas: " + replicas,
                kind.equals("StatefulSet") ? "  serviceName: " + service : null,
                "  selector: {matchLabels: {app: " + APP + "}}",
                "  template:",
                "    metadata:",
                "      labels: {app: " + APP + ", lastcall.dev/engine: vllm" + (label ? ", " + ROTATION : "") + "}",
                annotations == null ? null : "      annotations: {" + annotations + "}",
                "    spec:",
                links ? null : "      enableServiceLinks: false",
                "      terminationGracePeriodSeconds: " + grace,
                bound ? "      nodeName: " + node : null,
                "      nodeSelector: {" + (pinned ? "kubernetes.io/hostname: " + node : "lastcall.test/pool: " + pool)
                        + "}",
                "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey:"
                        + " kubernetes.io/hostname, labelSelector: {matchLabels: {app: " + APP + "}}}]}}",
                gate ? "      readinessGates: [{conditionType: lastcall.dev/in-rotation}]" : null,
                tolerations == null ? null : "      tolerations: [" + tolerations + "]",
                "      containers:",
                "        - name: vllm",
                "          image: " + image,
                "          command: [" + String.join(", ", command) + "]",
                "          ports: [{containerPort: 8000}]",
                "          readinessProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 1}",
                startupProbe == 0
                        ? null
                        : "          startupProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 1,"
                                + " failureThreshold: " + startupProbe + "}",
                preStop == null ? null : "          lifecycle: {preStop: " + preStop + "}");
    }

    /** What stands around it. */
    public String surroundings() {
        String selector = "  selector: {app: " + APP + (followsLabel() ? ", " + ROTATION : "") + "}";
        String own = lines(
                "apiVersion: v1",
                "kind: Service",
                "metadata: {name: " + service
                        + (serviceAnnotations == null ? "" : ", annotations: {" + serviceAnnotations + "}") + "}",
                "spec:",
                selector,
                headless ? "  clusterIP: None" : null,
                publishesUnready ? "  publishNotReadyAddresses: true" : null,
                "  ports: [{port: 80, targetPort: 8000}]");
        StringBuilder all = new StringBuilder(own);
        for (int i = 0; i < budgets.size(); i++) {
            all.append(lines(
                    "---",
                    "apiVersion: policy/v1",
                    "kind: PodDisruptionBudget",
                    "metadata: {name: " + APP + "-" + i + "}",
                    "spec: {" + budgets.get(i) + ", selector: {matchLabels: {app: " + APP + "}}}"));
        }
        return all.toString();
    }

    /** Everything, as lint reads it. */
    public String text(String pool, String node) {
        return workload(pool, node) + "---\n" + surroundings();
    }

    private static String lines(@Nullable String... lines) {
        return Stream.of(lines).filter(line -> line != null).collect(Collectors.joining("\n", "", "\n"));
    }
}
