package dev.lastcall.doctor;

import dev.lastcall.allocation.kubelet.PodResourcesClient;
import dev.lastcall.config.NodeName;
import dev.lastcall.config.SettingValues;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodView;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.kube.ApiInspection;
import dev.lastcall.kube.Asked;
import dev.lastcall.notice.Cloud;
import dev.lastcall.notice.ProviderChoice;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks everybody the agent depends on, one after the other, and ends within the sum of their time limits. */
final class Examination {

    /** Nothing waits for the answer but a person: a busy node must not look like a silent one. */
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final SettingValues settings;
    private final Map<String, String> environment;
    private final InstantSource clock;
    private final String version;
    private final List<Row> rows = new ArrayList<>();

    Examination(SettingValues settings, Map<String, String> environment, InstantSource clock, String version) {
        this.settings = settings;
        this.environment = environment;
        this.clock = clock;
        this.version = version;
    }

    /** All rows, in the order in which a person would look. */
    List<Row> rows() throws InterruptedException {
        if (settings.flag("kubernetes.enabled")) {
            try (ApiInspection api = ApiInspection.open(version)) {
                withApi(api);
            } catch (RuntimeException unusable) {
                // The library reads the kubeconfig; what it finds wrong there it throws.
                rows.add(ApiRows.noClient(String.valueOf(unusable.getMessage())
                        .lines()
                        .findFirst()
                        .orElse("")));
                withoutNode();
            }
        } else {
            rows.add(Row.ok("api-server", "not asked: lastcall.kubernetes.enabled is false"));
            withoutNode();
        }
        return List.copyOf(rows);
    }

    private void withoutNode() throws InterruptedException {
        metadata(null);
        gpus(null);
    }

    private void withApi(ApiInspection api) throws InterruptedException {
        Asked<String> contact = api.version();
        rows.add(ApiRows.server(api.url(), contact));
        if (contact instanceof Asked.Refused<String>(int status, String _) && status == 0) {
            withoutNode();
            return;
        }
        NodeName name = NodeName.choose(settings.text("node-name"), environment);
        boolean dryRun = settings.flag("dry-run");
        for (Right right : Right.ALL) {
            Map<String, Asked<Boolean>> answers = new LinkedHashMap<>();
            right.verbs(dryRun).forEach(verb -> answers.put(verb, api.may(right.access(verb, name.value()))));
            rows.add(ApiRows.right(right, answers));
        }
        Asked<NodeView> node = api.node(name);
        rows.add(ApiRows.node(name.value(), node));
        rows.add(ApiRows.watch("nodes", api.watchNode(name)));
        rows.add(ApiRows.watch("pods", api.watchPods(name)));
        NodeView view = node instanceof Asked.Got<NodeView>(NodeView seen) ? seen : null;
        metadata(view);
        gpus(view);
        serving(api, name);
    }

    private void metadata(@Nullable NodeView node) throws InterruptedException {
        List<String> configured = settings.list("notice.provider");
        Set<Cloud> clouds = ProviderChoice.clouds(configured, node == null ? null : node.providerId());
        if (clouds.isEmpty()) {
            rows.add(MetadataRows.none(
                    configured,
                    node != null,
                    !settings.list("notice.node-marks").isEmpty()));
        }
        for (Cloud cloud : clouds) {
            String endpoint =
                    settings.text("notice." + cloud.label() + ".endpoint").orElse("");
            FirstQuestion question = new FirstQuestion(cloud, endpoint, node);
            rows.add(MetadataRows.of(question.source(), endpoint, question.ask(clock)));
        }
    }

    private void gpus(@Nullable NodeView node) {
        GpuRows.Expected expected = settings.flag("gpu.required") || (node != null && node.saysGpus())
                ? GpuRows.Expected.YES
                : node == null ? GpuRows.Expected.UNTOLD : GpuRows.Expected.NO;
        NvmlOptions options =
                NvmlOptions.of(settings.text("gpu.library").orElseThrow(), settings.duration("gpu.call-timeout"));
        try (NvmlGpuReader reader = new NvmlGpuReader(options, clock, () -> {})) {
            GpuSnapshot seen = reader.scan();
            rows.addAll(GpuRows.nvml(seen, expected));
            Path socket = Path.of(settings.text("pod-resources.socket").orElseThrow());
            Path directory = socket.toAbsolutePath().getParent();
            try (PodResourcesClient kubelet = new PodResourcesClient(socket, LIMIT)) {
                rows.add(GpuRows.socket(
                        socket.toString(),
                        directory != null && Files.isDirectory(directory),
                        kubelet.list(),
                        expected == GpuRows.Expected.YES || !seen.gpus().isEmpty()));
            }
        }
    }

    private void serving(ApiInspection api, NodeName node) throws InterruptedException {
        String selector = settings.text("serving.selector").orElseThrow();
        LabelSelector serves = LabelSelector.parse(selector);
        switch (api.pods(node)) {
            case Asked.Refused<List<Optional<PodView>>>(int status, String reason) ->
                rows.add(Row.unknown("engines", "the pods can't be listed: " + ApiRows.words(status, reason), ""));
            case Asked.Got<List<Optional<PodView>>>(List<Optional<PodView>> all) -> {
                List<PodView> serving = all.stream()
                        .flatMap(Optional::stream)
                        .filter(pod -> serves.matches(pod.labels()) && !pod.finished())
                        .toList();
                if (serving.isEmpty()) {
                    rows.add(ServingRows.none(selector));
                }
                try (EngineClient engines = new EngineClient()) {
                    for (PodView pod : serving) {
                        rows.add(ServingRows.engine(pod, engines.look(pod, LIMIT)));
                        rows.add(ServingRows.budget(pod, api.budgets(pod)));
                    }
                }
            }
        }
    }
}
