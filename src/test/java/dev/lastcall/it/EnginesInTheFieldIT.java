package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.TlsIdentity;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Engines as people run them, all on one node that goes: each is held until its last request has ended, wherever and under
 * whatever name it counts them, and what can't be read or has nothing to lose is treated as that.
 *
 * <p>Over 300 lines: the table of engines is most of it, and they all stand on one node.
 */
class EnginesInTheFieldIT {
    private static final Duration NOTICE = Duration.ofSeconds(40);
    private static final Duration MARGIN = Duration.ofSeconds(3);
    private static final int ENOUGH_READINGS = 10;
    private static final String PROXY_IMAGE = "docker.io/istio/proxyv2:1.29";

    /** What becomes of an engine. */
    private enum Right {
        /** Held until its requests have ended, which all finish. */
        FINISHES,
        /** Never read: held until its force point, and the report says why. */
        UNREAD,
        /** Nothing in flight can be in it: it goes long before its force point. */
        AT_ONCE
    }

    /**
     * @param left those of its requests whose clients leave; nobody can tell what became of these
     * @param finding what the report says of it; empty where nothing is to be said
     * @param shape from a pod with one container {@code main} to the one in the field
     */
    private record Row(FieldEngine engine, Right right, int left, String finding, UnaryOperator<PodBuilder> shape) {}

    @Test
    void every_engine_of_the_field_finishes_what_it_has_or_the_report_says_why_not(@TempDir Path folder)
            throws Exception {
        Map<String, Row> rows = rows(TlsIdentity.create(folder.resolve("engine.p12")));
        Map<String, PodProgram> programs = new HashMap<>();
        rows.forEach((name, row) -> programs.put(image(name), row.engine()));
        programs.put(PROXY_IMAGE, new FieldEngine(0, null, List.of(15090), (_, _, _) -> "envoy_up 1\n"));
        try (Scenario node = new Scenario(ControlPlane.shared(), "field", programs)) {
            rows.forEach(
                    (name, row) -> node.client().resource(pod(node, name, row)).create());
            await("all run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> rows.keySet().stream().allMatch(name -> runs(node, name)));
            long mark = node.plane().auditLog().mark();
            node.startAgent(agent -> agent.config("lastcall.drain.safety-margin", MARGIN.toSeconds() + "s"));
            Traces.awaitWarmUpCordon(node.agent());

            node.interrupt(NOTICE);
            await("each was read again and again")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> rows.values().stream()
                            .filter(row -> row.right() == Right.FINISHES)
                            .allMatch(row -> row.engine().asked() >= ENOUGH_READINGS));
            Set<String> goneEarly = evicted(node, mark).keySet();
            Instant finished = Instant.now();
            rows.values().forEach(row -> row.engine().finish());
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            System.out.println(report);

            SoftAssertions claims = new SoftAssertions();
            Map<String, Instant> evicted = evicted(node, mark);
            Instant forcePoint = Traces.forcePoint(report, MARGIN, Duration.ZERO);
            for (Map.Entry<String, Row> row : rows.entrySet()) {
                judge(claims, row.getKey(), row.getValue(), node, report, goneEarly);
                Instant went = evicted.getOrDefault(row.getKey(), Instant.MIN);
                switch (row.getValue().right()) {
                    case FINISHES -> claims.assertThat(went).as(row.getKey()).isBetween(finished, forcePoint);
                    case UNREAD -> claims.assertThat(went).as(row.getKey()).isAfterOrEqualTo(forcePoint);
                    case AT_ONCE ->
                        claims.assertThat(went).as(row.getKey()).isBetween(Instant.EPOCH, forcePoint.minusSeconds(10));
                }
            }
            claims.assertThat(report.path("requests").path("unreadPods").asLong(-1))
                    .isEqualTo(rows.values().stream()
                            .filter(row -> row.right() == Right.UNREAD)
                            .count());
            claims.assertThat(report.path("requests").path("lost").asLong(-1)).isZero();
            claims.assertThat(report.path("requests").path("unknown").asLong(-1))
                    .isEqualTo(rows.values().stream().mapToLong(Row::left).sum());
            claims.assertThat(report.path("outcome").asText()).isEqualTo("done");
            claims.assertAll();
        }
    }

    private static void judge(
            SoftAssertions claims, String name, Row row, Scenario node, JsonNode report, Set<String> goneEarly)
            throws Exception {
        if (row.right() == Right.FINISHES) {
            claims.assertThat(goneEarly).doesNotContain(name);
            int requests = row.engine().requests();
            Map<String, Integer> right = Map.of(
                    "at_notice",
                    requests,
                    "admitted_after_notice",
                    0,
                    "finished",
                    requests - row.left(),
                    "lost",
                    0,
                    "unknown",
                    row.left());
            for (Map.Entry<String, Integer> each : right.entrySet()) {
                claims.assertThat(count(node, name, each.getKey()))
                        .as(name + ": " + each.getKey())
                        .isEqualTo(each.getValue().doubleValue());
            }
        }
        if (!row.finding().isEmpty()) {
            claims.assertThat(report.path("findings").toString()).as(name).contains(row.finding(), name);
        }
    }

    /** By the agent's own series, which name the workload. */
    private static double count(Scenario node, String workload, String family) throws Exception {
        return node.agent()
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("lastcall_inference_requests_" + family + "_total{")
                        && line.contains("workload=\"" + workload + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Map<String, Instant> evicted(Scenario node, long mark) {
        return node.plane().auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                .filter(event -> event.subresource().equals("eviction")
                        && event.namespace().equals(node.namespace()))
                .collect(Collectors.toMap(AuditEvent::name, AuditEvent::received, (first, _) -> first));
    }

    private static boolean runs(Scenario node, String name) {
        Pod pod = node.client()
                .pods()
                .inNamespace(node.namespace())
                .withName(name)
                .get();
        return pod != null && "Running".equals(pod.getStatus().getPhase());
    }

    private static Map<String, Row> rows(TlsIdentity tls) {
        Map<String, Row> rows = new LinkedHashMap<>();
        rows.put(
                "several-ports",
                finishes(
                        new FieldEngine(
                                3,
                                null,
                                List.of(8000, 8001, 8002),
                                (port, busy, ended) -> port == 8002 ? vllm("vllm:", busy, ended) : vllm("vllm:", 0, 0)),
                        pod -> withPorts(pod, 8000, 8001, 8002)));
        rows.put(
                "ranks-by-arguments",
                finishes(
                        new FieldEngine(
                                2,
                                null,
                                List.of(8000, 8001),
                                (port, busy, ended) -> port == 8001 ? vllm("vllm:", busy, ended) : vllm("vllm:", 0, 0)),
                        pod -> withCommand(
                                pod,
                                "vllm",
                                "serve",
                                "m",
                                "--data-parallel-size",
                                "2",
                                "--data-parallel-multi-port-external-lb")));
        rows.put("mesh-proxy-first", finishes(plain(2, "vllm:"), EnginesInTheFieldIT::proxyFirst));
        rows.put("under-ray", finishes(plain(4, "ray_vllm_"), UnaryOperator.identity()));
        rows.put("under-ray-colon", finishes(plain(1, "ray_vllm:"), UnaryOperator.identity()));
        rows.put(
                "tls",
                finishes(
                        new FieldEngine(
                                2, tls.context(), List.of(8000), (_, busy, ended) -> vllm("vllm:", busy, ended)),
                        pod -> withCommand(pod, "vllm", "serve", "m", "--ssl-certfile=/tls/tls.crt")));
        rows.put(
                "prefill-queues",
                finishes(
                        new FieldEngine(5, null, List.of(8000), (_, busy, ended) -> """
                                sglang:num_running_reqs{engine_type="prefill"} 0.0
                                sglang:num_queue_reqs{engine_type="prefill"} 0.0
                                sglang:num_prefill_inflight_queue_reqs{engine_type="prefill"} %d.0
                                sglang:num_requests_total{model_name="m"} %d.0
                                """.formatted(busy, ended)),
                        pod -> engine(pod, "sglang")));
        rows.put(
                "tensor-ranks",
                finishes(
                        new FieldEngine(2, null, List.of(8000), EnginesInTheFieldIT::eightRanks),
                        pod -> engine(pod, "sglang")));
        rows.put("client-left", oneClientLeaves(2));
        rows.put("client-left-and-counted", oneClientLeaves(3));
        rows.put(
                "three-answers-to-one",
                finishes(
                        new FieldEngine(
                                3, null, List.of(8000), (_, busy, ended) -> sglang(busy, ended == 0 ? 0 : 4, 0)),
                        pod -> engine(pod, "sglang")));
        rows.put(
                "help-only",
                new Row(
                        new FieldEngine(
                                0, null, List.of(8000), (_, _, _) -> "# HELP vllm:num_requests_running Requests.\n"),
                        Right.UNREAD,
                        0,
                        "--disable-log-stats",
                        UnaryOperator.identity()));
        rows.put(
                "never-ready",
                new Row(
                        new FieldEngine(0, null, List.of(), (_, _, _) -> ""),
                        Right.AT_ONCE,
                        0,
                        "",
                        pod -> pod.editSpec()
                                .editFirstContainer()
                                .withNewReadinessProbe()
                                .withNewTcpSocket()
                                .withPort(new IntOrString(8000))
                                .endTcpSocket()
                                .withPeriodSeconds(1)
                                .endReadinessProbe()
                                .endContainer()
                                .endSpec()));
        rows.put(
                "group-worker",
                new Row(
                        new FieldEngine(0, null, List.of(), (_, _, _) -> ""),
                        Right.AT_ONCE,
                        0,
                        "a worker of the group big",
                        pod -> pod.editMetadata()
                                .addToLabels("leaderworkerset.sigs.k8s.io/name", "big")
                                .addToLabels("leaderworkerset.sigs.k8s.io/worker-index", "1")
                                .endMetadata()));
        return rows;
    }

    private static Row finishes(FieldEngine engine, UnaryOperator<PodBuilder> shape) {
        return new Row(engine, Right.FINISHES, 0, "", shape);
    }

    /** SGLang counts a client that leaves as aborted, and among all its requests or not (sglang pull request 34320). */
    private static Row oneClientLeaves(int counted) {
        FieldEngine engine = new FieldEngine(
                3, null, List.of(8000), (_, busy, ended) -> sglang(busy, ended == 0 ? 0 : counted, ended == 0 ? 0 : 1));
        return new Row(engine, Right.FINISHES, 1, "", pod -> engine(pod, "sglang"));
    }

    private static String sglang(int busy, int total, int aborted) {
        return """
                sglang:num_running_reqs{model_name="m"} %d.0
                sglang:num_queue_reqs{model_name="m"} 0.0
                sglang:num_requests_total{model_name="m"} %d.0
                sglang:num_aborted_requests_total{model_name="m"} %d.0
                """.formatted(busy, total, aborted);
    }

    private static FieldEngine plain(int requests, String prefix) {
        return new FieldEngine(requests, null, List.of(8000), (_, busy, ended) -> vllm(prefix, busy, ended));
    }

    private static String vllm(String prefix, int busy, int ended) {
        return """
                %1$snum_requests_running{model_name="m"} %2$d.0
                %1$snum_requests_waiting{model_name="m"} 0.0
                %1$srequest_success_total{finished_reason="stop",model_name="m"} %3$d.0
                %1$srequest_success_total{finished_reason="length",model_name="m"} 0.0
                %1$srequest_success_total{finished_reason="abort",model_name="m"} 0.0
                """.formatted(prefix, busy, ended);
    }

    private static String eightRanks(int port, int busy, int ended) {
        StringBuilder page = new StringBuilder();
        for (int rank = 0; rank < 8; rank++) {
            page.append(
                    "sglang:num_running_reqs{dp_rank=\"0\",pp_rank=\"0\",tp_rank=\"%d\"} %d.0%n".formatted(rank, busy));
        }
        return page + "sglang:num_queue_reqs{model_name=\"m\"} 0.0\nsglang:num_requests_total{model_name=\"m\"} "
                + ended + ".0\n";
    }

    private static String image(String name) {
        return "lastcall.test/field-" + name;
    }

    /** A bare pod, so that nobody serves beside it: it leaves its routers at once. */
    private static Pod pod(Scenario node, String name, Row row) {
        PodBuilder plain = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(node.namespace())
                .withLabels(Map.of("app", name, "lastcall.dev/engine", "vllm", "lastcall.dev/rotation", "in"))
                .endMetadata()
                .withNewSpec()
                .withNodeName(node.kubelet().nodeName())
                .withTerminationGracePeriodSeconds(2L)
                .addNewContainer()
                .withName("main")
                .withImage(image(name))
                .withCommand("vllm", "serve", "m")
                .addNewPort()
                .withContainerPort(8000)
                .endPort()
                .endContainer()
                .endSpec();
        return row.shape().apply(plain).build();
    }

    private static PodBuilder withPorts(PodBuilder pod, int... ports) {
        PodBuilder shaped =
                pod.editSpec().editFirstContainer().withPorts().endContainer().endSpec();
        for (int port : ports) {
            shaped = shaped.editSpec()
                    .editFirstContainer()
                    .addNewPort()
                    .withContainerPort(port)
                    .endPort()
                    .endContainer()
                    .endSpec();
        }
        return shaped;
    }

    private static PodBuilder withCommand(PodBuilder pod, String... command) {
        return pod.editSpec()
                .editFirstContainer()
                .withCommand(command)
                .endContainer()
                .endSpec();
    }

    private static PodBuilder engine(PodBuilder pod, String engine) {
        return pod.editMetadata()
                .addToLabels("lastcall.dev/engine", engine)
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withCommand("python3", "-m", "sglang.launch_server")
                .endContainer()
                .endSpec();
    }

    private static PodBuilder proxyFirst(PodBuilder pod) {
        List<Container> containers = new ArrayList<>();
        containers.add(new ContainerBuilder()
                .withName("istio-proxy")
                .withImage(PROXY_IMAGE)
                .withArgs("proxy", "sidecar")
                .addNewPort()
                .withContainerPort(15090)
                .endPort()
                .build());
        containers.addAll(pod.buildSpec().getContainers());
        return pod.editSpec().withContainers(containers).endSpec();
    }
}
