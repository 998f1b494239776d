package dev.lastcall.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Kubernetes label selector in its text form: {@code key}, {@code !key}, {@code key=value}, {@code key!=value},
 * {@code key in (a,b)}, {@code key notin (a,b)}, joined by commas. Matching here, on the watched pods, costs the API
 * server nothing. The configuration check asks {@link #parse} too.
 */
public record LabelSelector(String text, List<Predicate<Map<String, String>>> terms) {
    private static final String DNS = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
    private static final String NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
    private static final String KEY = "((?:(?=[^/]{1,253}/)" + DNS + "(?:\\." + DNS + ")*/)?" + NAME + ")";
    private static final String VALUE = "(?:" + NAME + ")?";
    private static final Pattern TERM = Pattern.compile("\\s*(?:(!)\\s*" + KEY + "|" + KEY + "(?:\\s*(==|=|!=)\\s*("
            + VALUE + ")|\\s+(in|notin)\\s*\\(" + "(\\s*" + VALUE + "\\s*(?:,\\s*" + VALUE + "\\s*)*)\\))?)\\s*");

    /** @throws IllegalArgumentException naming the part that is no selector */
    public static LabelSelector parse(String text) {
        List<Predicate<Map<String, String>>> terms = new ArrayList<>();
        for (String part : text.split(",(?![^(]*\\))", -1)) {
            Matcher matcher = TERM.matcher(part);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("'" + part.strip() + "' is no label selector term");
            }
            terms.add(term(matcher));
        }
        return new LabelSelector(text, List.copyOf(terms));
    }

    public boolean matches(Map<String, String> labels) {
        return terms.stream().allMatch(term -> term.test(labels));
    }

    private static Predicate<Map<String, String>> term(Matcher m) {
        if (m.group(1) != null) {
            String absent = m.group(2);
            return labels -> !labels.containsKey(absent);
        }
        String key = m.group(3);
        if (m.group(6) != null) {
            Set<String> values = Set.copyOf(List.of(m.group(7).strip().split("\\s*,\\s*", -1)));
            boolean in = m.group(6).equals("in");
            return labels -> in
                    ? values.contains(labels.getOrDefault(key, "\0"))
                    : !values.contains(labels.getOrDefault(key, "\0"));
        }
        if (m.group(4) != null) {
            String value = m.group(5);
            boolean equal = !m.group(4).equals("!=");
            return labels -> equal == value.equals(labels.get(key));
        }
        return labels -> labels.containsKey(key);
    }
}
