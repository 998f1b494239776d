package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import dev.lastcall.lint.truth.Consequence;
import dev.lastcall.lint.truth.TruthManifest;
import dev.lastcall.lint.truth.TruthRow;
import dev.lastcall.serving.findings.Finding;
import dev.lastcall.serving.findings.LivePod;
import dev.lastcall.serving.findings.Terms;
import dev.lastcall.serving.findings.Window;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.RequestRecord;
import dev.lastcall.support.load.Tally;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table: its objects in a namespace of their own, its clients, and what became of its pods on the doomed node.
 *
 * <p>A little over 300 lines: a drain from the objects to the verdict, in the order in which it happens.
 */
final class TruthDrain implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    /** Many rows wait side by side: none may ask the API server as fast as it can. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Instant FIRST_LOOK = Instant.EPOCH;

    private final TruthRow row;
    private final DoomedNode node;
    private final SharedIndexInformer<Pod> all;
    private final KubernetesClient client;
    private final String namespace;
    private final LivePod live = new LivePod(FIRST_LOOK);
    /** By name of their pod: those that were there at the notice. */
    private final Map<String, VllmEngine> doomed = new HashMap<>();

    private @Nullable ServiceRouter router;
    private @Nullable LoadClient load;
    private Instant noticed = Instant.EPOCH;
    private boolean answered;

    /** @param pods of all namespaces: one watch for all rows, who would else ask the API server each for itself */
    TruthDrain(TruthRow row, DoomedNode node, SharedIndexInformer<Pod> pods) {
        this.row = row;
        this.node = node;
        this.all = pods;
        this.client = node.scenario().client();
        this.namespace = node.scenario().plane().newNamespace("truth");
    }

    TruthRow row() {
        return row;
    }

    DoomedNode node() {
        return node;
    }

    /** Its first pod will land on the only node that there is. */
    void begin() {
        create(row.manifest().workload(node.name(), node.name()));
    }

    void begun() {
        until(
                "a pod of '" + row.name() + "' is on the doomed node",
                () -> !onDoomed(pods()).isEmpty());
    }

    /** All its pods run, its Service and budgets stand, requests flow. */
    void serve() throws Exception {
        TruthManifest manifest = row.manifest();
        until("'" + row.name() + "' is up", () -> containersReady(pods()) >= manifest.running());
        elsewhere(pods()).forEach(this::openGate);
        create(manifest.surroundings());
        Map<String, String> selector = new HashMap<>(Map.of("app", TruthManifest.APP));
        if (manifest.followsLabel()) {
            selector.put("lastcall.dev/rotation", "in");
        }
        ServiceRouter started = new ServiceRouter(all, namespace, selector, manifest.publishing(), row.routerLag());
        router = started;
        until(
                "'" + row.name() + "' is routed",
                () -> started.router().inRotation().size() == manifest.running());
        until("the budgets of '" + row.name() + "' are counted", this::budgetsCounted);
        for (Pod pod : onDoomed(pods())) {
            String name = pod.getMetadata().getName();
            doomed.put(name, Objects.requireNonNull(node.engines().engine(name), name));
        }
        live.metricsRead(metrics(), FIRST_LOOK);
        load = LoadClient.start(
                started.router().address(), LoadPlan.rate(row.perSecond()).lasting(row.requests()));
    }

    /** As many requests are under way as there will ever be: some have ended, on the doomed node too. */
    boolean steady() {
        return load().tally().records().stream().anyMatch(this::doomed);
    }

    /** What lint says of the text; and what the findings say that only a running engine's own request times can tell. */
    List<String> findings() throws Exception {
        List<String> all = new ArrayList<>();
        if (row.findings().contains(TruthRow.LIVE)) {
            live.metricsRead(metrics(), FIRST_LOOK.plusSeconds(60));
            live.findings(view(), TruthManifest.APP, terms()).stream()
                    .map(Finding::name)
                    .filter(TruthRow.LIVE::equals)
                    .forEach(all::add);
        }
        all.addAll(TruthRow.lint(row.manifest().text(node.name(), node.name())));
        return all;
    }

    private static Terms terms() {
        return new Terms(Terms.DEFAULT_MARGIN, Terms.DEFAULT_SETTLE, List.of(new Window(TruthRow.WINDOW)));
    }

    /** What the agent's own view has of it: command and grace. */
    private dev.lastcall.drain.PodView view() {
        Pod pod = onDoomed(pods()).getFirst();
        SamplePod view = SamplePod.named(pod.getMetadata().getName())
                .command(pod.getSpec().getContainers().getFirst().getCommand().toArray(String[]::new))
                .grace(Duration.ofSeconds(pod.getSpec().getTerminationGracePeriodSeconds()));
        pod.getMetadata().getLabels().forEach(view::label);
        return view.view();
    }

    void noticed(Instant at) {
        noticed = at;
    }

    /** The machine is gone. */
    void machineGone() {
        answered = containersReady(elsewhere(pods())) > 0;
        load().stopArrivals();
    }

    /** Every request of the machine that went has ended, one way or another. */
    boolean decided() {
        return load().tally().unfinished().stream().noneMatch(this::doomed);
    }

    boolean replaced() {
        return containersReady(elsewhere(pods())) >= row.manifest().replicas();
    }

    /** Now that all is over. */
    TruthResult result(List<String> said, Instant deadline) {
        Tally tally = load().tally();
        return new TruthResult(
                row,
                said,
                seen(),
                measured(),
                words(tally.lost()),
                words(tally.lostThoughDueBy(deadline.minus(Terms.DEFAULT_MARGIN))),
                pods().stream().map(this::inWords).toList());
    }

    private static List<String> words(List<RequestRecord> requests) {
        return requests.stream().map(RequestRecord::toString).toList();
    }

    private String inWords(Pod pod) {
        return pod.getMetadata().getName() + " on " + pod.getSpec().getNodeName() + " "
                + pod.getStatus().getPhase() + (pod.getMetadata().getDeletionTimestamp() == null ? "" : " deleted");
    }

    /** What can be seen now that all is over. */
    private Set<Consequence> seen() {
        Set<Consequence> seen = EnumSet.noneOf(Consequence.class);
        if (!load().tally().lost().isEmpty()) {
            seen.add(Consequence.LOST);
        }
        if (doomed.values().stream().anyMatch(engine -> engine.exited().getNow(0) == 137)) {
            seen.add(Consequence.KILLED);
        }
        if (!forced().isEmpty()) {
            seen.add(Consequence.FORCED);
        }
        if (!answered) {
            seen.add(Consequence.UNSERVED);
        }
        if (!replaced()) {
            seen.add(Consequence.NOT_REPLACED);
        }
        return seen;
    }

    /** For the table. */
    private String measured() {
        Tally own =
                load().tally().where(request -> doomed(request) && request.end().isAfter(noticed));
        Tally after = load().tally().where(request -> !request.start().isBefore(noticed));
        return "%d of %d requests lost%s%s"
                .formatted(
                        own.lost().size(),
                        own.records().size(),
                        after.rejected() == 0 ? "" : ", " + after.rejected() + " turned away",
                        seen().contains(Consequence.KILLED) ? ", killed" : "");
    }

    @Override
    public void close() {
        if (load != null) {
            load.close();
        }
        if (router != null) {
            router.close();
        }
    }

    private List<io.fabric8.kubernetes.api.model.Event> forced() {
        return client.v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> "PodForced".equals(event.getReason()))
                .toList();
    }

    private boolean budgetsCounted() {
        return client.policy().v1().podDisruptionBudget().inNamespace(namespace).list().getItems().stream()
                .map(PodDisruptionBudget::getStatus)
                .allMatch(status -> status != null
                        && Objects.equals(
                                status.getCurrentHealthy(), row.manifest().running()));
    }

    private boolean doomed(RequestRecord request) {
        return request.pod() != null && doomed.containsKey(request.pod());
    }

    private String metrics() throws IOException, InterruptedException {
        String address = onDoomed(pods()).getFirst().getStatus().getPodIP();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://" + address + ":8000/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private void create(String yaml) {
        client.resourceList(yaml).inNamespace(namespace).create();
    }

    private List<Pod> pods() {
        return all.getStore().list().stream()
                .filter(pod -> namespace.equals(pod.getMetadata().getNamespace()))
                .toList();
    }

    private List<Pod> onDoomed(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> node.name().equals(pod.getSpec().getNodeName()))
                .toList();
    }

    private List<Pod> elsewhere(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> pod.getSpec().getNodeName() != null
                        && !node.name().equals(pod.getSpec().getNodeName()))
                .toList();
    }

    private static int containersReady(List<Pod> pods) {
        return (int) pods.stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null
                        && pod.getStatus().getContainerStatuses().stream()
                                .anyMatch(container -> Boolean.TRUE.equals(container.getReady())))
                .count();
    }

    /** What the agent of its node would do: only the doomed one has an agent here. */
    private void openGate(Pod pod) {
        if (!pod.getSpec().getReadinessGates().isEmpty()) {
            client.pods()
                    .inNamespace(namespace)
                    .withName(pod.getMetadata().getName())
                    .editStatus(now -> new PodBuilder(now)
                            .editStatus()
                            .addNewCondition()
                            .withType("lastcall.dev/in-rotation")
                            .withStatus("True")
                            .endCondition()
                            .endStatus()
                            .build());
        }
    }

    private LoadClient load() {
        return Objects.requireNonNull(load, "it does not serve yet");
    }

    private static void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        await(what)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .atMost(PATIENCE)
                .until(condition);
    }
}
