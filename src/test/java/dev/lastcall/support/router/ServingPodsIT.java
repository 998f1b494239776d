package dev.lastcall.support.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.Tally;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Engine, kubelet, API server, router and load client together: the scene every test of a drain plays in. */
class ServingPodsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String GATE = "lastcall.dev/in-rotation";

    private final ControlPlane plane = ControlPlane.shared();
    private final KubernetesClient client = plane.client();
    private final String namespace = plane.newNamespace("serving");
    private final VllmProgram program = new VllmProgram();
    private final ScriptedKubelet kubelet = ScriptedKubelet.on(
                    plane, "node-" + UUID.randomUUID().toString().substring(0, 8))
            .image("vllm", program)
            .start();

    @AfterEach
    void stopNode() {
        kubelet.close();
    }

    @ParameterizedTest
    @EnumSource(RotationRule.class)
    void a_pod_that_is_withdrawn_and_deleted_when_idle_loses_nothing_even_with_an_engine_that_drops_its_work(
            RotationRule rule) throws Exception {
        serve("one");
        serve("two");
        try (Router router = Router.start(rule, Duration.ofMillis(200)).watch(client, namespace, Map.of("app", "llm"));
                LoadClient load = LoadClient.start(loadable(router), plan())) {
            await().atMost(PATIENCE).until(() -> engine("one").running() > 1);

            withdraw(rule, "one");
            await().atMost(PATIENCE).until(() -> !router.inRotation().contains("one"));
            await().atMost(PATIENCE).until(() -> router.openRequests("one") == 0);
            delete("one");
            await().atMost(PATIENCE).until(() -> pod("one") == null);
            load.stopArrivals();

            Tally tally = load.await(PATIENCE);
            assertThat(tally.lost()).as(tally.summary()).isEmpty();
            assertThat(tally.rejected()).as(tally.summary()).isZero();
            assertThat(tally.of("one").finished()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(RotationRule.class)
    void a_pod_that_is_deleted_at_once_keeps_its_streams_in_silence_until_sigkill_and_loses_them(RotationRule rule)
            throws Exception {
        serve("one");
        serve("two");
        try (Router router = Router.start(rule, Duration.ZERO).watch(client, namespace, Map.of("app", "llm"));
                LoadClient load = LoadClient.start(loadable(router), plan().lasting(Duration.ofSeconds(8)))) {
            await().atMost(PATIENCE).until(() -> engine("one").running() > 1);
            int inFlight = engine("one").running();
            load.stopArrivals();

            delete("one");

            Tally tally = load.await(PATIENCE);
            assertThat(tally.of("one").lost())
                    .as(tally.summary())
                    .hasSizeGreaterThanOrEqualTo(inFlight)
                    .allMatch(record -> record.outcome().equals(new Outcome.Cut(Outcome.How.FIN)));
            assertThat(tally.of("two").lost()).isEmpty();
        }
    }

    private static LoadPlan plan() {
        return LoadPlan.rate(8).lasting(Duration.ofSeconds(1), Duration.ofSeconds(3));
    }

    private InetSocketAddress loadable(Router router) {
        await().atMost(PATIENCE).until(() -> router.inRotation().size() == 2);
        return router.address();
    }

    private VllmEngine engine(String pod) {
        return Objects.requireNonNull(program.engine(pod));
    }

    private Pod pod(String name) {
        return client.pods().inNamespace(namespace).withName(name).get();
    }

    private void serve(String name) {
        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .withLabels(Map.of("app", "llm", "lastcall.dev/engine", "vllm", "lastcall.dev/rotation", "in"))
                        .endMetadata()
                        .withNewSpec()
                        .addToNodeSelector("kubernetes.io/hostname", kubelet.nodeName())
                        .withTerminationGracePeriodSeconds(3L)
                        .addNewReadinessGate(GATE)
                        .addNewContainer()
                        .withName("engine")
                        .withImage("vllm")
                        .withCommand("vllm", "serve", "tiny")
                        .addNewPort()
                        .withContainerPort(8000)
                        .endPort()
                        .withNewReadinessProbe()
                        .withNewHttpGet()
                        .withPath("/health")
                        .withPort(new IntOrString(8000))
                        .endHttpGet()
                        .withPeriodSeconds(1)
                        .endReadinessProbe()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        gate(name, "True");
    }

    private void withdraw(RotationRule rule, String name) {
        switch (rule) {
            case READY -> gate(name, "False");
            case LABEL -> patch(name, "{\"metadata\":{\"labels\":{\"lastcall.dev/rotation\":\"out\"}}}");
            case ANNOTATION -> patch(name, "{\"metadata\":{\"annotations\":{\"aibrix.ai/draining\":\"true\"}}}");
        }
    }

    private void gate(String name, String status) {
        client.pods()
                .inNamespace(namespace)
                .withName(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.STRATEGIC_MERGE),
                        "{\"status\":{\"conditions\":[{\"type\":\"" + GATE + "\",\"status\":\"" + status + "\"}]}}");
    }

    private void patch(String name, String json) {
        client.pods().inNamespace(namespace).withName(name).patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }

    private void delete(String name) {
        client.pods().inNamespace(namespace).withName(name).delete();
    }
}
