package dev.lastcall.lint;

import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.serving.findings.Container;
import dev.lastcall.serving.findings.PodTemplate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** From a manifest's PodSpec to the facts that findings are made of. */
final class PodReader {
    /** The API server's defaults. */
    private static final int GRACE = 30;

    private static final int PERIOD = 10;
    private static final int FAILURES = 3;

    /** {@code sleep 5}, {@code /bin/sleep 5s}, {@code sh -c "sleep 1m"}. */
    private static final Pattern SLEEP = Pattern.compile("(?:^|[\\s/;&])sleep\\s+(\\d{1,6})(s|m)?(?=$|[\\s;&])");

    private PodReader() {}

    static PodTemplate read(Template template) {
        Value spec = template.spec();
        return new PodTemplate(
                template.metadata().strings("labels"),
                template.metadata().strings("annotations"),
                spec.items("containers").stream().map(PodReader::container).toList(),
                Duration.ofSeconds(spec.integer("terminationGracePeriodSeconds").orElse(GRACE)),
                spec.items("readinessGates").stream()
                        .flatMap(gate -> gate.text("conditionType").stream())
                        .toList(),
                spec.items("tolerations").stream().map(PodReader::toleration).toList(),
                spec.truth("enableServiceLinks").orElse(true),
                // Every pod that runs is on a node; a template that names one is another thing.
                !template.owner().kind().equals("Pod") && spec.text("nodeName").isPresent());
    }

    private static Toleration toleration(Value value) {
        return new Toleration(
                value.text("key").orElse(""),
                value.text("operator").orElse(""),
                value.text("value").orElse(""),
                value.text("effect").orElse(""));
    }

    private static Container container(Value value) {
        Map<String, String> env = new LinkedHashMap<>();
        value.items("env")
                .forEach(each -> each.text("name")
                        .ifPresent(name -> env.put(name, each.text("value").orElse(""))));
        return new Container(
                value.text("name").orElse(""),
                value.text("image").orElse(""),
                Stream.concat(value.words("command").stream(), value.words("args").stream())
                        .toList(),
                value.items("ports").stream()
                        .flatMap(port -> port.integer("containerPort").stream())
                        .toList(),
                env,
                value.at("lifecycle", "preStop").map(PodReader::sleep).orElse(Duration.ZERO),
                value.at("startupProbe").map(PodReader::allowed).orElse(null));
    }

    /** What a startup probe waits at most. */
    private static Duration allowed(Value probe) {
        long period = probe.integer("periodSeconds").orElse(PERIOD);
        long failures = probe.integer("failureThreshold").orElse(FAILURES);
        return Duration.ofSeconds(probe.integer("initialDelaySeconds").orElse(0) + period * failures);
    }

    private static Duration sleep(Value hook) {
        @Nullable Integer own = hook.integer("sleep", "seconds").orElse(null);
        if (own != null) {
            return Duration.ofSeconds(own);
        }
        Duration sum = Duration.ZERO;
        Matcher sleeps = SLEEP.matcher(String.join(" ", hook.words("exec", "command")));
        while (sleeps.find()) {
            long count = Long.parseLong(sleeps.group(1));
            sum = sum.plus(
                    Objects.equals(sleeps.group(2), "m") ? Duration.ofMinutes(count) : Duration.ofSeconds(count));
        }
        return sum;
    }
}
