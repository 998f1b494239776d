package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A running serving pod as the findings see it. Budgets, Services and replicas are not looked up for it, so only those
 * findings appear that its own spec and its engine tell.
 */
public final class LivePod {
    private static final Pattern VERSION = Pattern.compile("\"version\"\\s*:\\s*\"v?([0-9][^\"]{0,40})\"");
    /** The Service of a running pod is not read; that one follows its marks is taken for granted. */
    private static final Router ANY =
            new Router("Service", "in front of it", Map.of("lastcall.dev/rotation", "in"), false, null);

    private final Instant firstSeen;
    private final RequestTimes times = new RequestTimes();
    private @Nullable String version;

    /** @param firstSeen when this agent first saw the pod */
    public LivePod(Instant firstSeen) {
        this.firstSeen = firstSeen;
    }

    /** Whether it has been there for so long that its start is over. */
    public boolean settled(Instant now, Duration quiet) {
        return !now.isBefore(firstSeen.plus(quiet));
    }

    /** Whether {@code /version} is still to be asked before its arguments can be judged. */
    public boolean wantsVersion(PodView pod) {
        return version == null && Engine.of(template(pod)) == Engine.VLLM;
    }

    /** @param answer the body of {@code /version}; empty where there was none, which is not asked again */
    public void versionRead(Optional<String> answer) {
        Matcher found = VERSION.matcher(answer.orElse(""));
        version = found.find() ? found.group(1) : "";
    }

    public void metricsRead(String text, Instant now) {
        times.read(text, now);
    }

    public EngineFacts engine(PodView pod) {
        EngineFacts known = ManifestEngine.of(template(pod));
        return new EngineFacts(known.kind(), known.capacity(), times.p99().orElse(null), null);
    }

    public List<Finding> findings(PodView pod, String workload, Terms terms) {
        String kind = pod.controller() == null ? "Pod" : pod.controller().kind();
        return Rules.findings(new Subject(
                new Workload(kind, pod.ref().namespace(), workload, null),
                template(pod),
                List.of(),
                List.of(ANY),
                Set.of(),
                engine(pod),
                terms));
    }

    private PodTemplate template(PodView pod) {
        Container engine = new Container(
                "engine",
                version == null || version.isEmpty() ? "" : "vllm:" + version,
                pod.command(),
                List.of(),
                Map.of(),
                pod.preStop(),
                null);
        return new PodTemplate(
                pod.labels(),
                pod.annotations(),
                List.of(engine),
                pod.grace(),
                pod.gates(),
                pod.tolerations(),
                false,
                false);
    }
}
