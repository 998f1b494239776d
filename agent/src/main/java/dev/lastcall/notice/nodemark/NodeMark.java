package dev.lastcall.notice.nodemark;

import dev.lastcall.notice.NodeSigns;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mark on the own Node that counts as a notice, as {@code lastcall.notice.node-marks} lists it: {@code taint:KEY},
 * {@code condition:TYPE}, {@code label:KEY=VALUE} or {@code annotation:KEY}, each with {@code @WINDOW} if it is known
 * how long the node has from then on.
 *
 * @param value the label's value; empty for the other types
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

    /** The mark; empty for a text of another form, which the configuration check has refused before. */
    public static Optional<NodeMark> parse(String text) {
        String mark = text.strip();
        int at = mark.indexOf('@');
        Optional<Duration> window = at < 0 ? Optional.empty() : Spans.parse(mark.substring(at + 1));
        if (at >= 0 && window.isEmpty()) {
            return Optional.empty();
        }
        String what = at < 0 ? mark : mark.substring(0, at);
        int colon = what.indexOf(':');
        String rest = what.substring(colon + 1);
        int equals = rest.indexOf('=');
        Duration given = window.orElse(null);
        return switch (colon < 0 || rest.isEmpty() ? "" : what.substring(0, colon)) {
            case "taint" -> Optional.of(new NodeMark(Type.TAINT, rest, "", given));
            case "condition" -> Optional.of(new NodeMark(Type.CONDITION, rest, "", given));
            case "annotation" -> Optional.of(new NodeMark(Type.ANNOTATION, rest, "", given));
            case "label" ->
                equals < 1
                        ? Optional.empty()
                        : Optional.of(
                                new NodeMark(Type.LABEL, rest.substring(0, equals), rest.substring(equals + 1), given));
            default -> Optional.empty();
        };
    }

    /** True if the Node carries it. A condition counts while its status is {@code True}. */
    boolean isOn(NodeSigns signs) {
        return switch (type) {
            case TAINT -> signs.taints().stream().anyMatch(taint -> taint.key().equals(key));
            case CONDITION ->
                signs.conditions().stream()
                        .anyMatch(condition -> condition.type().equals(key)
                                && condition.status().equals("True"));
            case LABEL -> value.equals(signs.labels().get(key));
            case ANNOTATION -> signs.annotations().containsKey(key);
        };
    }
}
