package dev.lastcall.kube;

import static dev.lastcall.kube.NodeViews.empty;
import static dev.lastcall.kube.NodeViews.strings;
import static dev.lastcall.kube.NodeViews.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.PodView.Controller;
import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.serving.findings.ServingContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From the API's Pod to what a drain decides by. Field by field, and not by way of the library's model: to read one pod into
 * that, Jackson looks at some 150 classes first, which was nearly half of a native agent's start.
 */
final class PodViews {

    /** Set by kubelet on the shadow of a static pod. */
    private static final String MIRROR = "kubernetes.io/config.mirror";
    /** The API server's default. */
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(30);
    /** {@code sleep 5}, {@code /bin/sleep 5s}, {@code sh -c "sleep 1m"}. */
    private static final Pattern SLEEP = Pattern.compile("(?:^|[\\s/;&])sleep\\s+(\\d{1,6})(s|m)?(?=$|[\\s;&])");

    private PodViews() {}

    /**
     * @throws IllegalArgumentException without a name or a UID, and where a number that a drain decides by is none
     * @throws java.time.format.DateTimeParseException where a time is none
     */
    static PodView of(JsonNode pod) {
        JsonNode meta = pod.path("metadata");
        JsonNode spec = pod.path("spec");
        JsonNode status = pod.path("status");
        Map<String, String> annotations = strings(meta.path("annotations"));
        var serving = ServingContainer.of(annotations, Containers.of(spec));
        String phase = text(status, "phase");
        String deleted = text(meta, "deletionTimestamp");
        return new PodView(
                new PodRef(text(meta, "namespace"), required(meta, "name"), required(meta, "uid")),
                phase.isEmpty() ? "Unknown" : phase,
                strings(meta.path("labels")),
                annotations,
                meta.path("ownerReferences")
                        .valueStream()
                        .filter(owner -> owner.path("controller").asBoolean(false))
                        .findFirst()
                        .map(owner -> new Controller(text(owner, "kind"), text(owner, "name"), text(owner, "uid")))
                        .orElse(null),
                annotations.containsKey(MIRROR),
                deleted.isEmpty() ? null : Instant.parse(deleted),
                seconds(spec, "terminationGracePeriodSeconds").orElse(DEFAULT_GRACE),
                preStop(spec),
                text(spec, "priorityClassName"),
                empty(text(status, "podIP")),
                serving.map(container -> container.ports()).orElse(List.of()),
                serving.map(container -> container.words()).orElse(List.of()),
                spec.path("readinessGates")
                        .valueStream()
                        .map(gate -> text(gate, "conditionType"))
                        .toList(),
                status.path("conditions")
                        .valueStream()
                        .collect(Collectors.toUnmodifiableMap(
                                condition -> text(condition, "type"),
                                condition -> text(condition, "status"),
                                (earlier, later) -> later)),
                spec.path("tolerations")
                        .valueStream()
                        .map(toleration -> new Toleration(
                                text(toleration, "key"),
                                text(toleration, "operator"),
                                text(toleration, "value"),
                                text(toleration, "effect")))
                        .toList(),
                serving.filter(container -> loading(meta, status, container.name()))
                        .isPresent());
    }

    /**
     * Whether this container has not been ready since it started last, or does not run at all. What was ready once and is
     * not now may be busy: its readiness fell after it had started.
     */
    private static boolean loading(JsonNode meta, JsonNode status, String name) {
        JsonNode own = status.path("containerStatuses")
                .valueStream()
                .filter(container -> name.equals(text(container, "name")))
                .findFirst()
                .orElseGet(MissingNode::getInstance);
        if (own.path("ready").asBoolean(false)) {
            return false;
        }
        JsonNode state = own.path("state");
        JsonNode running = state.path("running");
        if (state.isObject() && !running.isObject()) {
            return state.path("waiting").isObject() || state.path("terminated").isObject();
        }
        String started = Stream.of(
                        text(running, "startedAt"), text(status, "startTime"), text(meta, "creationTimestamp"))
                .filter(time -> !time.isEmpty())
                .findFirst()
                .orElse("");
        return status.path("conditions")
                .valueStream()
                .filter(condition -> text(condition, "type").equals("ContainersReady"))
                .anyMatch(condition -> text(condition, "status").equals("False")
                        && notAfter(text(condition, "lastTransitionTime"), started));
    }

    /** Times of the API are whole seconds; one that is missing speaks of nothing that ever changed. */
    private static boolean notAfter(String changed, String started) {
        return changed.isEmpty()
                || (!started.isEmpty()
                        && !Instant.parse(changed)
                                .isAfter(Instant.parse(started).plusSeconds(1)));
    }

    /** The hooks of a pod's containers run side by side: the longest one counts. */
    private static Duration preStop(JsonNode spec) {
        return spec.path("containers")
                .valueStream()
                .map(container -> sleep(container.path("lifecycle").path("preStop")))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    private static Duration sleep(JsonNode hook) {
        Optional<Duration> named = seconds(hook.path("sleep"), "seconds");
        if (named.isPresent()) {
            return named.get();
        }
        Duration sum = Duration.ZERO;
        Matcher sleeps = SLEEP.matcher(
                Containers.words(hook.path("exec").path("command")).collect(Collectors.joining(" ")));
        while (sleeps.find()) {
            long count = Long.parseLong(sleeps.group(1));
            sum = sum.plus("m".equals(sleeps.group(2)) ? Duration.ofMinutes(count) : Duration.ofSeconds(count));
        }
        return sum;
    }

    private static String required(JsonNode meta, String field) {
        String value = text(meta, field);
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a pod without metadata." + field);
        }
        return value;
    }

    private static Optional<Duration> seconds(JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException(field + ": " + value + " is no number of seconds");
        }
        return Optional.of(Duration.ofSeconds(value.longValue()));
    }
}
