package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Rotation;
import dev.lastcall.drain.ServingSide.Stay;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.SamplePod;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * {@code lastcall.serving.withdraw=detach} where no Service selects the pods: those of one ReplicaSet count as each other's neighbours,
 * although a detached one has neither its label nor its owner any more. The web server answers as an API server whose ReplicaSet
 * controller has let every detached pod go.
 */
class DetachedNeighboursTest {
    private static final Instant DEADLINE = Instant.parse("2026-11-29T12:02:00Z");
    private static final String HASH = "6ccc4f9474";
    private static final String SET = "llm-" + HASH;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ApiServerDouble api = new ApiServerDouble();
    private final FakePods pods = new FakePods();
    private final EngineClient engines = new EngineClient();

    DetachedNeighboursTest() throws IOException {}

    @BeforeEach
    void answerEverything() {
        for (int i = 0; i < 1_000; i++) {
            api.replies.add(this::answer);
        }
    }

    @AfterEach
    void close() {
        engines.close();
        api.close();
    }

    @Test
    void the_only_pod_of_a_replica_set_that_no_service_selects_serves_on_although_it_was_detached() {
        PodView only = added(replica(SET + "-aaaaa"));
        var rotation = agent().rotation(only);

        assertThat(ask(rotation, true)).isInstanceOf(Stay.ServeOn.class);
        assertThat(pods.now(SET + "-aaaaa").labels())
                .as("its replacement starts at once")
                .doesNotContainKey(Withdrawals.REPLICA_LABEL);

        added(replica(SET + "-bbbbb"));
        assertThat(ask(rotation, true)).as("the replacement is Ready").isInstanceOf(Stay.Leave.class);
    }

    @Test
    void of_two_detached_pods_that_no_service_selects_the_second_stays_when_the_first_has_left() {
        PodView one = added(replica(SET + "-aaaaa"));
        PodView two = added(replica(SET + "-bbbbb"));
        ServingPods agent = agent();

        assertThat(ask(agent.rotation(one), true)).as("another one stays").isInstanceOf(Stay.Leave.class);
        agent.withdraw(one, DEADLINE, true);
        assertThat(ask(agent.rotation(two), true)).isInstanceOf(Stay.ServeOn.class);
    }

    @Test
    void
            a_detached_pod_serves_on_after_a_restart_of_the_agent_when_nothing_names_its_replica_set_but_its_generate_name() {
        PodView only = added(replica(SET + "-aaaaa"));
        assertThat(ask(agent().rotation(only), true)).isInstanceOf(Stay.ServeOn.class);

        PodView letGo = added(released(SET + "-aaaaa").annotation(Withdrawals.KEPT, "true"));
        var rotation = agent().rotation(letGo);
        assertThat(ask(rotation, true)).isInstanceOf(Stay.ServeOn.class);

        added(replica(SET + "-bbbbb"));
        assertThat(ask(rotation, true)).as("the replacement is Ready").isInstanceOf(Stay.Leave.class);
    }

    /** One of another set that says that it is kept would outrank the asking pod, and a bare one would let it go. */
    @Test
    void detached_pods_of_other_replica_sets_and_pods_without_an_owner_are_no_neighbours() {
        added(released("llm-585d5d8c4-aaaaa")
                .annotation(Withdrawals.DEADLINE, DEADLINE.plusSeconds(60).toString())
                .annotation(Withdrawals.KEPT, "true"));
        added(SamplePod.named(SET + "-ccccc").bare().condition("Ready", "True"));
        PodView only = added(replica(SET + "-bbbbb"));

        assertThat(ask(agent().rotation(only), true)).isInstanceOf(Stay.ServeOn.class);
    }

    /** As Azure's: what is scheduled can be cancelled, and a detached pod can't go back. */
    @Test
    void a_pod_that_is_kept_is_detached_as_soon_as_its_notice_is_certain() {
        PodView only = added(replica(SET + "-aaaaa"));
        var rotation = agent().rotation(only);

        assertThat(ask(rotation, false)).isInstanceOf(Stay.ServeOn.class);
        assertThat(pods.now(SET + "-aaaaa").labels()).containsKey(Withdrawals.REPLICA_LABEL);

        assertThat(ask(rotation, true)).isInstanceOf(Stay.ServeOn.class);
        assertThat(pods.now(SET + "-aaaaa").labels()).doesNotContainKey(Withdrawals.REPLICA_LABEL);
        assertThat(pods.now(SET + "-aaaaa").annotations()).containsEntry(Withdrawals.KEPT, "true");
    }

    /** Again while there is no answer, as the agent does it: a busy machine may let a request time out. */
    private static Stay ask(Rotation rotation, boolean certain) {
        return await().until(() -> rotation.ask(DEADLINE, certain), stay -> !(stay instanceof Stay.Unclear));
    }

    private ServingPods agent() {
        return new ServingPods(
                new ServingSettings(
                        LabelSelector.parse("lastcall.dev/engine"),
                        Set.of(Withdrawals.Strategy.LABEL, Withdrawals.Strategy.DETACH),
                        Duration.ofMillis(100),
                        Duration.ofMillis(100),
                        2,
                        new KeepInRotation.Budget()),
                pods,
                engines,
                new KubeNeighbours(api.client(), InstantSource.system()),
                Replacement.ADMITTED);
    }

    private PodView added(SamplePod pod) {
        PodView view = pod.view();
        pods.add(view);
        return view;
    }

    private static SamplePod replica(String name) {
        return engine(name).label(Withdrawals.REPLICA_LABEL, HASH).controller("ReplicaSet", SET);
    }

    private static SamplePod released(String name) {
        return engine(name).bare().annotation(Withdrawals.WITHDRAWN, "cost,detach");
    }

    private static SamplePod engine(String name) {
        return SamplePod.named(name)
                .label("lastcall.dev/engine", "vllm")
                .label(Withdrawals.ROTATION, "in")
                .condition("Ready", "True");
    }

    private void answer(HttpExchange exchange) throws IOException {
        URI uri = exchange.getRequestURI();
        if (!uri.getPath().endsWith("/pods")) {
            ApiServerDouble.answer(200, "{\"items\": []}").to(exchange);
            return;
        }
        String query = URLDecoder.decode(uri.getRawQuery(), StandardCharsets.UTF_8);
        List<Map<String, Object>> items = pods.latest().stream()
                .filter(pod -> selected(query, pod))
                .map(DetachedNeighboursTest::asTheApiHasIt)
                .toList();
        ApiServerDouble.answer(200, json(Map.of("items", items))).to(exchange);
    }

    private static boolean selected(String query, PodView pod) {
        String hash = pod.labels().get(Withdrawals.REPLICA_LABEL);
        return query.contains("labelSelector=!" + Withdrawals.REPLICA_LABEL)
                ? hash == null
                : !query.contains("labelSelector=") || HASH.equals(hash);
    }

    private static Map<String, Object> asTheApiHasIt(PodView pod) {
        String name = pod.ref().name();
        Map<String, Object> metadata = new HashMap<>(Map.of(
                "name", name,
                "uid", pod.ref().uid(),
                "generateName", name.substring(0, name.lastIndexOf('-') + 1),
                "labels", pod.labels(),
                "annotations", pod.annotations()));
        if (pod.labels().containsKey(Withdrawals.REPLICA_LABEL)) {
            metadata.put(
                    "ownerReferences",
                    List.of(Map.of("kind", "ReplicaSet", "name", SET, "uid", SET, "controller", true)));
        }
        return Map.of(
                "metadata",
                metadata,
                "status",
                Map.of(
                        "conditions",
                        pod.conditions().entrySet().stream()
                                .map(each -> Map.of("type", each.getKey(), "status", each.getValue()))
                                .toList()));
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
