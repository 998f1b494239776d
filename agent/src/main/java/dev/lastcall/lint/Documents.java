package dev.lastcall.lint;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML or JSON, several documents, by the parser's events: nothing is made into objects of the input's choosing,
 * an anchor is shared instead of copied, and parts in which no finding lies are passed over unread.
 */
final class Documents {
    /** More values than this, anchors counted as often as they are used, is no manifest. */
    private static final long MOST_VALUES = 4_000_000;

    private static final int DEEPEST = 200;
    /** Status, data of ConfigMaps and Secrets, schemas of CRDs: large, and none of it is about pods. */
    private static final Set<String> PASSED_OVER =
            Set.of("status", "managedFields", "data", "binaryData", "stringData", "openAPIV3Schema");

    private final String file;
    private final Iterator<Event> events;
    private final Map<String, Counted> anchors = new HashMap<>();
    private long values;

    /** @param size how many values it stands for */
    private record Counted(Value value, long size) {}

    private Documents(String file, Iterator<Event> events) {
        this.file = file;
        this.events = events;
    }

    /** @return the documents that are not empty, in order */
    static List<Value> read(String file, String text) throws Unreadable {
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(file)
                    .setCodePointLimit(Integer.MAX_VALUE)
                    .build();
            Iterator<Event> events =
                    new Parse(settings).parseString(spaced(text)).iterator();
            return new Documents(file, events).all();
        } catch (MarkedYamlEngineException broken) {
            String line = broken.getProblemMark()
                    .map(mark -> ":" + (mark.getLine() + 1))
                    .orElse("");
            throw new Unreadable(file + line + ": no YAML: " + oneLine(broken.getProblem()) + rendered(text));
        } catch (YamlEngineException broken) {
            throw new Unreadable(file + ": no YAML: " + oneLine(broken.getMessage()) + rendered(text));
        } catch (StackOverflowError tooDeep) {
            throw new Unreadable(file + ": nested too deeply");
        }
    }

    /** A tab is white space in JSON and none in YAML; within JSON's strings there is none. */
    private static String spaced(String text) {
        String start = text.stripLeading();
        return start.startsWith("{") && !start.startsWith("{{") || start.startsWith("[")
                ? text.replace('\t', ' ')
                : text;
    }

    private static String rendered(String text) {
        return text.contains("{{") ? "; it looks like a template: pipe the output of 'helm template' into lint" : "";
    }

    private static String oneLine(@Nullable String message) {
        return message == null
                ? "unknown"
                : message.lines().findFirst().orElse("").strip();
    }

    private List<Value> all() throws Unreadable {
        List<Value> documents = new ArrayList<>();
        while (events.hasNext()) {
            Event event = events.next();
            switch (event.getEventId()) {
                case DocumentStart -> anchors.clear();
                case Alias, Scalar, MappingStart, SequenceStart -> {
                    Value value = value(event, 0).value();
                    if (!(value instanceof Value.Scalar scalar && scalar.text().isEmpty())) {
                        documents.add(value);
                    }
                }
                default -> {
                    // Ends and the stream itself.
                }
            }
        }
        return documents;
    }

    private Counted value(Event event, int depth) throws Unreadable {
        if (event instanceof AliasEvent alias) {
            Counted anchor = anchors.get(alias.getAlias().getValue());
            if (anchor == null) {
                throw new Unreadable(file + ":" + line(event) + ": no YAML: *"
                        + alias.getAlias().getValue() + " stands for nothing");
            }
            count(anchor.size(), event);
            return anchor;
        }
        if (depth > DEEPEST) {
            throw new Unreadable(file + ":" + line(event) + ": nested deeper than " + DEEPEST + " levels");
        }
        count(1, event);
        long before = values;
        Value value = switch (event.getEventId()) {
            case MappingStart -> mapping(event, depth);
            case SequenceStart -> sequence(event, depth);
            default -> scalar((ScalarEvent) event);
        };
        Counted counted = new Counted(value, values - before + 1);
        ((NodeEvent) event).getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), counted));
        return counted;
    }

    private Value.Scalar scalar(ScalarEvent event) {
        String text = event.getValue();
        boolean none = event.isPlain() && (text.equals("~") || text.equals("null") || text.equals("Null"));
        return new Value.Scalar(none ? "" : text, line(event));
    }

    private Value.Sequence sequence(Event start, int depth) throws Unreadable {
        List<Value> items = new ArrayList<>();
        for (Event next = events.next(); next.getEventId() != Event.ID.SequenceEnd; next = events.next()) {
            items.add(value(next, depth + 1).value());
        }
        return new Value.Sequence(items, line(start));
    }

    private Value.Mapping mapping(Event start, int depth) throws Unreadable {
        Map<String, Value> entries = new LinkedHashMap<>();
        Map<String, Value> merged = new LinkedHashMap<>();
        for (Event next = events.next(); next.getEventId() != Event.ID.MappingEnd; next = events.next()) {
            Value key = value(next, depth + 1).value();
            if (!(key instanceof Value.Scalar name)) {
                throw new Unreadable(file + ":" + key.line()
                        + ": a key that is no text, as in a template that is not rendered: pipe the output of 'helm"
                        + " template' into lint");
            }
            Event following = events.next();
            if (PASSED_OVER.contains(name.text())) {
                passOver(following);
                continue;
            }
            Value value = value(following, depth + 1).value();
            if (name.text().equals("<<")) {
                merge(value, merged);
            } else {
                entries.put(name.text(), value);
            }
        }
        merged.forEach(entries::putIfAbsent);
        return new Value.Mapping(entries, line(start));
    }

    /** YAML 1.1's merge key, which the Kubernetes tools honour. */
    private static void merge(Value value, Map<String, Value> merged) {
        if (value instanceof Value.Mapping mapping) {
            mapping.entries().forEach(merged::putIfAbsent);
        } else if (value instanceof Value.Sequence several) {
            several.items().forEach(each -> merge(each, merged));
        }
    }

    private void passOver(Event first) {
        int open = 0;
        for (Event event = first; ; event = events.next()) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> open++;
                case MappingEnd, SequenceEnd -> open--;
                default -> {
                    // A scalar or an alias is over as soon as it is there.
                }
            }
            if (open == 0) {
                return;
            }
        }
    }

    private void count(long more, Event event) throws Unreadable {
        values += more;
        if (values > MOST_VALUES) {
            throw new Unreadable(file + ":" + line(event) + ": more than " + MOST_VALUES
                    + " values (anchors counted as often as they are used); split the input");
        }
    }

    private static int line(Event event) {
        return event.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }
}
