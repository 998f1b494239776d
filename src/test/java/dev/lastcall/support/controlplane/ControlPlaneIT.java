package dev.lastcall.support.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The testbed's own claims: what the other tests take for granted about the control plane. */
@Tag("alone")
class ControlPlaneIT {

    @Test
    void pods_can_be_created_the_moment_it_has_started() {
        ControlPlane plane = ControlPlane.shared();
        String namespace = plane.newNamespace("at-once");

        Pod pod = plane.client().pods().resource(pod(namespace)).create();

        assertThat(pod.getMetadata().getUid()).isNotBlank();
        assertThat(plane.client().getKubernetesVersion().getGitVersion()).startsWith("v1.34.");
    }

    @Test
    void controllers_run_so_a_deployment_gets_its_pods() {
        ControlPlane plane = ControlPlane.shared();
        String namespace = plane.newNamespace("controllers");
        Map<String, String> labels = Map.of("app", "web");
        plane.client()
                .resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(2)
                        .withNewSelector()
                        .withMatchLabels(labels)
                        .endSelector()
                        .withNewTemplate()
                        .withNewMetadata()
                        .withLabels(labels)
                        .endMetadata()
                        .withSpec(pod(namespace).getSpec())
                        .endTemplate()
                        .endSpec()
                        .build())
                .create();

        await().atMost(Duration.ofSeconds(30))
                .until(() -> plane.client()
                                .pods()
                                .inNamespace(namespace)
                                .withLabels(labels)
                                .list()
                                .getItems()
                                .size()
                        == 2);
    }

    @Test
    void the_agents_requests_stand_alone_in_the_audit_log() {
        ControlPlane plane = ControlPlane.shared();
        String namespace = plane.newNamespace("audit");
        long mark = plane.auditLog().mark();
        try (KubernetesClient agent = plane.clientFor(ControlPlane.AGENT)) {
            agent.pods().inNamespace(namespace).list();
            agent.pods().inNamespace(namespace).withName("nobody").get();
            agent.pods().resource(pod(namespace)).create();
        }
        plane.client().pods().inNamespace(namespace).list();

        List<AuditEvent> requests = plane.auditLog().requestsOf(ControlPlane.AGENT, mark);

        assertThat(requests).extracting(AuditEvent::verb).containsExactly("list", "get", "create");
        assertThat(requests).extracting(AuditEvent::code).containsExactly(200, 404, 201);
        assertThat(requests).allSatisfy(request -> {
            assertThat(request.resource()).isEqualTo("pods");
            assertThat(request.namespace()).isEqualTo(namespace);
            assertThat(request.userAgent()).isNotBlank();
            assertThat(request.stageAt()).isAfterOrEqualTo(request.received());
        });
    }

    @Test
    void a_user_without_a_role_is_refused_so_rbac_is_really_on() {
        ControlPlane plane = ControlPlane.shared();
        String token = plane.tokenFor("default", "default");
        try (KubernetesClient nobody = plane.newClient(token)) {
            assertThatThrownBy(() -> nobody.nodes().list())
                    .isInstanceOfSatisfying(KubernetesClientException.class, refused -> {
                        assertThat(refused.getCode()).isEqualTo(403);
                        assertThat(refused.getMessage()).contains("system:serviceaccount:default:default");
                    });
        }
    }

    @Test
    void the_kubeconfig_alone_is_enough_to_sign_in() throws IOException {
        ControlPlane plane = ControlPlane.shared();
        Config config = Config.fromKubeconfig(Files.readString(plane.kubeconfigFor(ControlPlane.AGENT)));
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            assertThat(client.namespaces().withName("default").get()).isNotNull();
        }
    }

    @Test
    void closing_leaves_no_process_and_no_file() {
        ControlPlane plane = ControlPlane.start(ControlPlaneUser.named("extra"));
        List<ProcessHandle> processes = plane.processes();
        Path kubeconfig = plane.kubeconfigFor("extra");
        assertThat(processes).hasSize(4).allMatch(ProcessHandle::isAlive);

        plane.close();

        assertThat(processes).noneMatch(ProcessHandle::isAlive);
        assertThat(kubeconfig.getParent()).doesNotExist();
    }

    @Test
    void a_jvm_that_is_killed_takes_its_control_plane_with_it(@TempDir Path directory) throws IOException {
        assumeTrue(ChildProcess.diesWithParent(), "skipped: setpriv (package util-linux) is missing or too old");
        Path log = directory.resolve("log");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                ControlPlaneMain.class.getName());
        try (ChildProcess jvm = ChildProcess.start("jvm", command, Map.of(), log)) {
            List<ProcessHandle> processes =
                    await().atMost(Duration.ofSeconds(90)).until(() -> pidsIn(log, jvm), pids -> pids.size() == 4);
            assertThat(processes).allMatch(ProcessHandle::isAlive);

            jvm.close();

            await().atMost(Duration.ofSeconds(10))
                    .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void a_program_that_ends_at_once_is_reported_with_the_end_of_its_log(@TempDir Path directory) throws IOException {
        try (ChildProcess child = ChildProcess.start(
                "broken", List.of("sh", "-c", "echo no such flag; exit 3"), Map.of(), directory.resolve("log"))) {
            await().until(() -> !child.alive());
            assertThat(child.tail(5)).contains("broken", "exit code 3", "no such flag");
        }
    }

    @Test
    void a_free_port_can_be_bound() throws IOException {
        try (ServerSocket socket = new ServerSocket(FreePort.find(), 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(socket.isBound()).isTrue();
        }
    }

    private static List<ProcessHandle> pidsIn(Path log, ChildProcess jvm) throws IOException {
        assertThat(jvm.alive()).as(() -> jvm.tail(20)).isTrue();
        return Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("pids "))
                .flatMap(line -> Stream.of(line.substring(5).split(" ", -1)))
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                .toList();
    }

    private static Pod pod(String namespace) {
        return new PodBuilder()
                .withNewMetadata()
                .withGenerateName("pod-")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("main")
                .withImage("idle")
                .endContainer()
                .endSpec()
                .build();
    }
}
