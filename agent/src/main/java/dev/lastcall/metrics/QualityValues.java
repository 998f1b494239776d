package dev.lastcall.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * An {@code Accept} or {@code Accept-Encoding} header (RFC 9110, 12.4.2 and 12.5): what its sender can read, and how gladly.
 * An element that is malformed is passed over.
 */
record QualityValues(List<Element> elements) {

    /**
     * One alternative.
     *
     * @param name in lower case, such as {@code text/plain}, {@code text/*}, {@code gzip}, {@code *}
     * @param parameters in lower case, without {@code q}
     * @param quality 0 (never) to 1 (best)
     */
    record Element(String name, Map<String, String> parameters, double quality) {}

    /** @param header null or empty = no preference */
    static QualityValues parse(@Nullable String header) {
        List<Element> elements = new ArrayList<>();
        if (header != null) {
            for (String part : header.split(",", -1)) {
                element(part, elements);
            }
        }
        return new QualityValues(List.copyOf(elements));
    }

    /** The quality that this header gives to the first of these names that it mentions, the most exact one first. */
    OptionalDouble of(String... names) {
        for (String name : names) {
            OptionalDouble best = elements.stream()
                    .filter(element -> element.name().equals(name))
                    .mapToDouble(Element::quality)
                    .max();
            if (best.isPresent()) {
                return best;
            }
        }
        return OptionalDouble.empty();
    }

    /** The same header without the elements that ask for another version. */
    QualityValues ofVersion(String version) {
        return new QualityValues(elements.stream()
                .filter(element ->
                        element.parameters().getOrDefault("version", version).equals(version))
                .toList());
    }

    private static void element(String part, List<Element> elements) {
        String[] pieces = part.strip().toLowerCase(Locale.ROOT).split(";", -1);
        String name = pieces[0].strip();
        if (name.isEmpty()) {
            return;
        }
        double quality = 1;
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 1; i < pieces.length; i++) {
            int equals = pieces[i].indexOf('=');
            String key = equals < 0 ? "" : pieces[i].substring(0, equals).strip();
            String value = equals < 0 ? "" : pieces[i].substring(equals + 1).strip();
            if (key.equals("q")) {
                if (!value.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?")) {
                    return;
                }
                quality = Double.parseDouble(value);
            } else if (!key.isEmpty()) {
                parameters.put(key, value);
            }
        }
        elements.add(new Element(name, Map.copyOf(parameters), quality));
    }
}
