package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** The second run: nobody is on the node, and what {@code kubectl drain} does is done: cordon, then evict everything. */
final class EvictionRun {

    private final Screen screen;
    private final Consumer<String> step;
    private final InstantSource clock = InstantSource.system();

    EvictionRun(Screen screen, Consumer<String> step) {
        this.screen = screen;
        this.step = step;
    }

    /** @param began when the evictions did */
    record Result(Score score, Instant began) {}

    Result play(ControlPlane plane, Duration notice) throws Exception {
        try (Scene scene = Scene.build(plane, "plain", Scene.Rest.ONE_SERVES, _ -> {}, step)) {
            Scenario scenario = scene.scenario();
            try (NodeStory story = new NodeStory(
                    scenario.client(), scenario.kubelet().nodeName(), scenario.namespace(), scene.serving())) {
                screen.line(new Timeline(screen.style())
                        .heading("The same load, the same " + LastcallRun.seconds(notice)
                                + ", but everything is evicted at once, as kubectl drain does"));
                Instant began = clock.instant();
                Instant deadline = began.plus(notice);
                Follower follower = new Follower(screen, scene, story, began, deadline);
                follower.begin("cordon, then evict: engines in vLLM's default mode, grace 30 s");
                drain(scenario);
                // Longer than a client's patience with a silent stream: by then each of them knows.
                follower.follow(() -> !follower.anyOpen(), began.plus(Scene.PATIENCE.multipliedBy(3)));
                scene.load().close();
                Score score = Score.of(scene.load().tally().records(), scene.doomed(), began, deadline);
                screen.line("");
                new ScoreTables(screen.style()).alone(score).forEach(screen::line);
                screen.line("");
                screen.line("  At SIGTERM the engines dropped their streams without a word; a client gives up after "
                        + Scene.PATIENCE.toSeconds() + " s");
                screen.line("  of silence, long after a replacement was ready to take the request.");
                return new Result(score, began);
            }
        }
    }

    private static void drain(Scenario scenario) {
        KubernetesClient client = scenario.client();
        String node = scenario.kubelet().nodeName();
        new ForeignHand(client, node).cordon();
        List<Pod> pods = client.pods()
                .inNamespace(scenario.namespace())
                .withField("spec.nodeName", node)
                .list()
                .getItems();
        pods.stream().filter(pod -> !ofDaemonSet(pod)).forEach(pod -> evict(client, pod));
    }

    private static boolean ofDaemonSet(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getKind().equals("DaemonSet"));
    }

    private static void evict(KubernetesClient client, Pod pod) {
        String name = pod.getMetadata().getName();
        String namespace = pod.getMetadata().getNamespace();
        client.raw(
                "/api/v1/namespaces/" + namespace + "/pods/" + name + "/eviction",
                "POST",
                Serialization.asJson(new EvictionBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .build()));
    }
}
