package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodView.Toleration;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A pod template without a finding, to be made worse in one point. */
final class Given {
    static final Map<String, String> LABELS =
            Map.of("app", "chat", "lastcall.dev/engine", "vllm", "lastcall.dev/rotation", "in");
    static final Router FOLLOWS =
            new Router("Service", "chat", Map.of("app", "chat", "lastcall.dev/rotation", "in"), false, null);
    static final Router BLIND = new Router("Service", "chat", Map.of("app", "chat"), false, null);
    static final Budget BUDGET = new Budget("chat", null, "1", true);

    String kind = "Deployment";

    @Nullable
    Integer replicas = 2;

    final Map<String, String> labels = new LinkedHashMap<>(LABELS);
    Map<String, String> annotations = Map.of();
    String image = "vllm/vllm-openai:v0.18.0";
    List<String> words = List.of("vllm", "serve", "m", "--shutdown-timeout", "10");
    Map<String, String> env = Map.of();
    Duration preStop = Duration.ofSeconds(5);

    @Nullable
    Duration startup;

    Duration grace = Duration.ofSeconds(30);
    List<String> gates = List.of();
    List<Toleration> tolerations = List.of();
    boolean serviceLinks;
    boolean bound;
    List<Budget> budgets = List.of(BUDGET);
    List<Router> routers = List.of(FOLLOWS);
    Set<String> linked = Set.of("chat");

    @Nullable
    Duration p99;

    Terms terms = new Terms(Terms.DEFAULT_MARGIN, Terms.DEFAULT_SETTLE, Terms.DEFAULT_WINDOWS);

    Subject subject() {
        Container engine = new Container("engine", image, words, List.of(8000), env, preStop, startup);
        PodTemplate pod =
                new PodTemplate(labels, annotations, List.of(engine), grace, gates, tolerations, serviceLinks, bound);
        EngineFacts known = ManifestEngine.of(pod);
        return new Subject(
                new Workload(kind, "llm", "chat", replicas),
                pod,
                budgets,
                routers,
                linked,
                new EngineFacts(known.kind(), known.capacity(), p99, known.coldStart()),
                terms);
    }

    /** Names of the findings, with their windows. */
    List<String> findings() {
        return Rules.findings(subject()).stream()
                .map(each -> each.name()
                        + each.window().map(window -> "@" + window.label()).orElse(""))
                .toList();
    }

    String messages() {
        return String.join(
                "\n",
                Rules.findings(subject()).stream()
                        .map(each -> each.message() + " -> " + each.remedy())
                        .toList());
    }
}
