package dev.lastcall.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The syntax of a Kubernetes label selector, as {@code kubectl -l} takes it; an empty one is refused. */
final class LabelSelectorSyntax {

    private static final Pattern SET = Pattern.compile("(\\S+)\\s+(in|notin)\\s*\\(([^()]*)\\)");
    private static final Pattern EQUALITY = Pattern.compile("([^\\s=!]+)\\s*(==|=|!=)\\s*([^\\s=!]*)");

    private LabelSelectorSyntax() {}

    static boolean isValid(String selector) {
        return requirements(selector).stream().allMatch(LabelSelectorSyntax::isRequirement);
    }

    /** Splits at commas outside parentheses. */
    private static List<String> requirements(String selector) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < selector.length(); i++) {
            char c = selector.charAt(i);
            if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            } else if (c == ',' && depth == 0) {
                parts.add(selector.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(selector.substring(start).strip());
        return parts;
    }

    private static boolean isRequirement(String requirement) {
        Matcher set = SET.matcher(requirement);
        if (set.matches()) {
            return ValueRule.isQualifiedName(set.group(1))
                    && List.of(set.group(3).split(",", -1)).stream()
                            .allMatch(value -> ValueRule.isLabelValue(value.strip()));
        }
        Matcher equality = EQUALITY.matcher(requirement);
        if (equality.matches()) {
            return ValueRule.isQualifiedName(equality.group(1)) && ValueRule.isLabelValue(equality.group(3));
        }
        return ValueRule.isQualifiedName(requirement.startsWith("!") ? requirement.substring(1) : requirement);
    }
}
