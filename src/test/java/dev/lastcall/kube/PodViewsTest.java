package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodViewsTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            never ready yet           | {running: {startedAt: "2026-11-25T10:00:05Z"}} | false | "2026-11-25T10:00:00Z" | true
            ready                     | {running: {startedAt: "2026-11-25T10:00:05Z"}} | true  | "2026-11-25T10:00:00Z" | false
            was ready, may be busy    | {running: {startedAt: "2026-11-25T10:00:05Z"}} | false | "2026-11-25T10:09:00Z" | false
            loading again after crash | {running: {startedAt: "2026-11-25T10:09:30Z"}} | false | "2026-11-25T10:09:00Z" | true
            crash-looping             | {waiting: {reason: CrashLoopBackOff}}           | false | "2026-11-25T10:09:00Z" | true
            between two starts        | {terminated: {exitCode: 1}}                     | false | "2026-11-25T10:09:00Z" | true
            """)
    void an_engine_that_has_not_served_since_it_started_is_told_from_one_that_may_be_busy(
            String what, String state, boolean ready, String changed, boolean loading) {
        PodView pod = view("""
                metadata: {name: llm, namespace: serving, uid: u-1, creationTimestamp: "2026-11-25T09:59:59Z"}
                spec:
                  containers: [{name: engine}]
                status:
                  phase: Running
                  podIP: 10.1.2.3
                  startTime: "2026-11-25T10:00:00Z"
                  conditions: [{type: ContainersReady, status: "%s", lastTransitionTime: %s}]
                  containerStatuses: [{name: side, ready: true}, {name: engine, ready: %s, state: %s}]
                """.formatted(ready ? "True" : "False", changed, ready, state));
        assertThat(pod.loading()).as(what).isEqualTo(loading);
    }

    @Test
    void a_serving_pod_is_read_whole() {
        PodView pod = view("""
                metadata:
                  name: vllm-1
                  namespace: serving
                  uid: u-1
                  labels: {lastcall.dev/engine: vllm}
                  annotations: {lastcall.dev/port: "9000"}
                  deletionTimestamp: "2026-11-25T10:00:30Z"
                  ownerReferences:
                    - {apiVersion: v1, kind: Thing, name: other, uid: o-1}
                    - {apiVersion: apps/v1, kind: ReplicaSet, name: vllm, uid: r-1, controller: true}
                spec:
                  terminationGracePeriodSeconds: 60
                  priorityClassName: system-node-critical
                  readinessGates: [{conditionType: lastcall.dev/in-rotation}]
                  tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}, {operator: Exists}]
                  containers:
                    - name: engine
                      command: [vllm, serve]
                      args: [model, --shutdown-timeout, "20"]
                      ports: [{containerPort: 8000}, {containerPort: 8001}]
                      lifecycle: {preStop: {sleep: {seconds: 15}}}
                    - name: side
                      command: [sleep, "9"]
                      ports: [{containerPort: 1}]
                      lifecycle: {preStop: {exec: {command: [sleep, "7"]}}}
                status:
                  phase: Running
                  podIP: 10.1.2.3
                  conditions: [{type: Ready, status: "True"}, {type: PodScheduled, status: "False"}]
                """);

        assertThat(pod.ref()).isEqualTo(new PodRef("serving", "vllm-1", "u-1"));
        assertThat(pod.phase()).isEqualTo("Running");
        assertThat(pod.labels()).containsEntry("lastcall.dev/engine", "vllm");
        assertThat(pod.annotations()).containsEntry("lastcall.dev/port", "9000");
        assertThat(pod.controller()).isEqualTo(new PodView.Controller("ReplicaSet", "vllm", "r-1"));
        assertThat(pod.deletedAt()).isEqualTo(Instant.parse("2026-11-25T10:00:30Z"));
        assertThat(pod.grace()).isEqualTo(Duration.ofSeconds(60));
        assertThat(pod.preStop()).isEqualTo(Duration.ofSeconds(15));
        assertThat(pod.priorityClass()).isEqualTo("system-node-critical");
        assertThat(pod.ip()).isEqualTo("10.1.2.3");
        assertThat(pod.ports()).containsExactly(8000, 8001);
        assertThat(pod.command()).containsExactly("vllm", "serve", "model", "--shutdown-timeout", "20");
        assertThat(pod.gates()).containsExactly("lastcall.dev/in-rotation");
        assertThat(pod.conditions()).containsEntry("Ready", "True").containsEntry("PodScheduled", "False");
        assertThat(pod.tolerations())
                .containsExactly(
                        new PodView.Toleration("nvidia.com/gpu", "Exists", "", "NoSchedule"),
                        new PodView.Toleration("", "Exists", "", ""));
        assertThat(pod.mirror()).isFalse();
    }

    @Test
    void a_pod_that_says_nothing_gets_the_defaults_of_the_api() {
        PodView pod = view("metadata: {name: bare, namespace: default, uid: u-2}");

        assertThat(pod.phase()).isEqualTo("Unknown");
        assertThat(pod.grace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(pod.preStop()).isZero();
        assertThat(pod.ports()).isEmpty();
        assertThat(pod.ip()).isNull();
        assertThat(pod.controller()).isNull();
        assertThat(pod.deletedAt()).isNull();
        assertThat(pod.command()).isEmpty();
    }

    @Test
    void a_static_pods_shadow_is_known_by_its_annotation() {
        assertThat(view("""
                metadata: {name: a, namespace: kube-system, uid: u, annotations: {kubernetes.io/config.mirror: abc}}
                """).mirror()).isTrue();
    }

    @Test
    void a_grace_of_zero_is_zero_and_not_the_default() {
        assertThat(view("""
                metadata: {name: a, namespace: default, uid: u}
                spec: {terminationGracePeriodSeconds: 0}
                """).grace()).isZero();
    }

    @Test
    void what_is_null_counts_as_missing() {
        assertThat(view("""
                metadata: {name: a, namespace: default, uid: u, labels: null, annotations: null, deletionTimestamp: null}
                spec: {terminationGracePeriodSeconds: null, tolerations: null, containers: null, priorityClassName: null}
                status: {phase: null, podIP: null, conditions: null, containerStatuses: null}
                """)).isEqualTo(view("metadata: {name: a, namespace: default, uid: u}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spec: {containers: []}",
                "metadata: {namespace: default, uid: u}",
                "metadata: {name: a, namespace: default, uid: null}",
                "metadata: {name: a, namespace: default, uid: u, deletionTimestamp: soon}"
            })
    void a_pod_without_name_uid_or_a_readable_time_of_its_end_is_unreadable(String odd) {
        assertThatThrownBy(() -> view(odd))
                .isInstanceOf(RuntimeException.class)
                .hasMessageMatching("a pod without .*|Text 'soon' .*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spec: {terminationGracePeriodSeconds: soon}",
                "spec: {terminationGracePeriodSeconds: 1.5}",
                "spec: {terminationGracePeriodSeconds: 99999999999999999999}",
                "spec: {containers: [{name: c, lifecycle: {preStop: {sleep: {seconds: long}}}}]}"
            })
    void a_number_that_a_drain_decides_by_and_that_is_none_makes_the_pod_unreadable(String odd) {
        assertThatThrownBy(() -> view("metadata: {name: a, namespace: default, uid: u}\n" + odd))
                .hasMessageContaining("is no number of seconds");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sleep,10                            | 10
            /bin/sleep,5s                       | 5
            sh,-c,sleep 1m                      | 60
            sh,-c,nginx -s quit; sleep 3        | 3
            sh,-c,sleep 2 && touch x && sleep 3 | 5
            sh,-c,sleep 0.5                     | 0
            sh,-c,nosleep 8                     | 0
            sh,-c,/usr/bin/wait-for-idle        | 0
            """)
    void a_hook_that_sleeps_takes_that_long_and_another_takes_an_unknown_time(String command, long seconds) {
        List<String> words = List.of(command.split(",", 3));
        String list = "[\"" + String.join("\",\"", words) + "\"]";
        assertThat(view("""
                metadata: {name: a, namespace: default, uid: u}
                spec: {containers: [{name: c, lifecycle: {preStop: {exec: {command: %s}}}}]}
                """.formatted(list)).preStop()).isEqualTo(Duration.ofSeconds(seconds));
    }

    private static PodView view(String yaml) {
        return PodViews.of(
                new KubernetesSerialization().unmarshal("apiVersion: v1\nkind: Pod\n" + yaml, JsonNode.class));
    }

    private static PodView containers(String annotation, String... containers) {
        return view("""
                metadata: {name: a, namespace: default, uid: u, annotations: {%s}}
                spec: {containers: [%s]}
                """.formatted(annotation, String.join(", ", containers)));
    }

    private static final String MESH =
            "{name: istio-proxy, image: docker.io/istio/proxyv2:1.27.0, args: [proxy, sidecar], ports: [{containerPort: 15090}]}";
    private static final String ENGINE =
            "{name: engine, image: vllm/vllm-openai, args: [serve, m, --shutdown-timeout=60], ports: [{containerPort: 8000}]}";

    @Test
    void a_mesh_proxy_in_front_is_not_taken_for_the_engine() {
        for (PodView pod : List.of(
                containers("", MESH, ENGINE),
                containers("kubectl.kubernetes.io/default-container: engine", MESH, ENGINE),
                containers("kubectl.kubernetes.io/default-container: nobody", MESH, ENGINE),
                containers(
                        "",
                        "{name: sidecar, image: \"r.example/mesh/linkerd-proxy@sha256:1\", ports: [{containerPort: 4143}]}",
                        ENGINE))) {
            assertThat(pod.ports()).containsExactly(8000);
            assertThat(pod.command()).containsExactly("serve", "m", "--shutdown-timeout=60");
        }
    }

    @Test
    void the_container_whose_command_starts_an_engine_serves_and_one_that_only_mentions_it_does_not() {
        String router = "{name: router, args: [--vllm-port=8200, --vllm serve], ports: [{containerPort: 8000}]}";
        for (String command : List.of(
                "[vllm, serve, m]",
                "[sh, -c, \"exec /opt/venv/bin/vllm serve m\"]",
                "[python3, -m, vllm.entrypoints.openai.api_server]",
                "[python3, -m, sglang.launch_server]",
                "[sglang, serve]",
                "[text-generation-launcher, --model-id, m]")) {
            assertThat(containers(
                                    "",
                                    router.replace(", --vllm serve", ""),
                                    "{name: x, command: " + command + ", ports: [{containerPort: 8200}]}")
                            .ports())
                    .as(command)
                    .containsExactly(8200);
        }
    }

    @Test
    void an_image_of_an_engine_serves_where_no_command_says_so_and_a_router_of_its_makers_does_not() {
        String sidecar = "{name: auth, image: acme/auth-proxy, ports: [{containerPort: 7000}]}";
        String router = "{name: router, image: acme/vllm-router, ports: [{containerPort: 7001}]}";
        assertThat(containers("", sidecar, router, ENGINE).ports()).containsExactly(8000);
    }

    @Test
    void the_pods_own_word_names_the_container_even_a_proxy() {
        assertThat(containers("kubectl.kubernetes.io/default-container: istio-proxy", MESH, ENGINE)
                        .ports())
                .containsExactly(15090);
    }

    @Test
    void a_container_without_ports_in_front_is_passed_over_and_only_tcp_counts() {
        assertThat(containers(
                                "",
                                "{name: logs}",
                                "{name: e, ports: [{containerPort: 5000, protocol: UDP}, {containerPort: 9000, protocol: TCP}]}")
                        .ports())
                .containsExactly(9000);
    }
}
