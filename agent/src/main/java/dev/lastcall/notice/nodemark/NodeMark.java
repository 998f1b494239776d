package dev.lastcall.notice.nodemark;

import dev.lastcall.notice.NodeSigns;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A mark on the own Node that counts as a notice, as {@code lastcall.notice.node-marks} lists it: {@code taint:KEY},
 * {@code condition:TYPE} or {@code condition:TYPE=STATUS}, {@code label:KEY=VALUE} or {@code annotation:KEY}, each with
 * {@code @WINDOW} if it is known how long the node has from then on. The configuration check asks {@link #parse} too.
 *
 * @param value the label's value; of a condition the status that counts, empty for {@code True}; empty for the other types
 */
public record NodeMark(
        Type type, String key, String value, @Nullable Duration window) {

    /** Where the mark is looked for. */
    public enum Type {
        TAINT,
        CONDITION,
        LABEL,
        ANNOTATION
    }

    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private static final String DNS = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    private static final String NAME = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";

    /** A key as Kubernetes takes it: a name, with a DNS subdomain before it or not. */
    private static final Pattern KEY = Pattern.compile("((?=[^/]{1,253}/)" + DNS + "(\\." + DNS + ")*/)?" + NAME);

    private static final Pattern LABEL_VALUE = Pattern.compile(NAME);
    private static final Set<String> STATUSES = Set.of("True", "False", "Unknown");

    /** Names whose {@code True} is the good state, and names whose {@code False} is. */
    private static final Pattern GOOD_WHEN_TRUE = Pattern.compile(".*(Ready|Healthy)");

    private static final Pattern GOOD_WHEN_FALSE = Pattern.compile(".*(Pressure|Unavailable|Unhealthy|Problem)");

    /** The mark; empty for a text of another form, which the configuration check refuses. */
    public static Optional<NodeMark> parse(String text) {
        String mark = text.strip();
        int at = mark.indexOf('@');
        Optional<Duration> window = at < 0
                ? Optional.empty()
                : Spans.parse(mark.substring(at + 1)).filter(span -> span.compareTo(SHORTEST) >= 0);
        if (at >= 0 && window.isEmpty()) {
            return Optional.empty();
        }
        String what = at < 0 ? mark : mark.substring(0, at);
        int colon = what.indexOf(':');
        String rest = what.substring(colon + 1);
        int equals = rest.indexOf('=');
        String key = equals < 0 ? rest : rest.substring(0, equals);
        String value = equals < 0 ? "" : rest.substring(equals + 1);
        Optional<Type> type = switch (colon < 0 || !KEY.matcher(key).matches() ? "" : what.substring(0, colon)) {
            case "taint" -> Optional.of(Type.TAINT).filter(_ -> equals < 0);
            case "annotation" -> Optional.of(Type.ANNOTATION).filter(_ -> equals < 0);
            case "condition" -> Optional.of(Type.CONDITION).filter(_ -> equals < 0 || STATUSES.contains(value));
            case "label" ->
                Optional.of(Type.LABEL).filter(_ -> LABEL_VALUE.matcher(value).matches());
            default -> Optional.empty();
        };
        boolean plain = type.equals(Optional.of(Type.CONDITION)) && value.equals("True");
        return type.map(found -> new NodeMark(found, key, plain ? "" : value, window.orElse(null)));
    }

    /**
     * Why a healthy node carries this mark, with what to write instead; empty for a mark that tells nodes apart. It goes by the
     * name of a condition: {@code Ready} and {@code AcceleratedHardwareReady} are {@code True} on a healthy node,
     * {@code MemoryPressure} is {@code False}.
     */
    public Optional<String> onHealthyNodes() {
        if (type != Type.CONDITION) {
            return Optional.empty();
        }
        if (value.isEmpty() && GOOD_WHEN_TRUE.matcher(key).matches()) {
            return Optional.of("every healthy node has " + key + "=True and would be drained; write condition:" + key
                    + "=False or condition:" + key + "=Unknown");
        }
        if (value.equals("False") && GOOD_WHEN_FALSE.matcher(key).matches()) {
            return Optional.of("every healthy node has " + key + "=False and would be drained; write condition:" + key);
        }
        return Optional.empty();
    }

    /** True if the Node carries it. A condition counts while it has exactly the wanted status. */
    boolean isOn(NodeSigns signs) {
        return switch (type) {
            case TAINT -> signs.taints().stream().anyMatch(taint -> taint.key().equals(key));
            case CONDITION ->
                signs.conditions().stream()
                        .anyMatch(condition -> condition.type().equals(key)
                                && condition.status().equals(value.isEmpty() ? "True" : value));
            case LABEL -> value.equals(signs.labels().get(key));
            case ANNOTATION -> signs.annotations().containsKey(key);
        };
    }
}
