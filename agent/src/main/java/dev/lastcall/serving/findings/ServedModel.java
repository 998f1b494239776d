package dev.lastcall.serving.findings;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which model a pod answers for, as its arguments name it: pods of another one are no replacement. */
public final class ServedModel {
    private static final Pattern NAMED =
            Pattern.compile("--(?:served-model-name|model|model-path|model-id)(?:\\s+|=)([^\\s-]\\S*)");
    private static final Pattern POSITIONAL = Pattern.compile("\\bserve\\s+([^\\s-]\\S*)");

    private ServedModel() {}

    public static Optional<String> of(PodTemplate pod) {
        return ServingContainer.of(pod)
                .map(container -> String.join(" ", container.words()))
                .flatMap(words -> {
                    Matcher named = NAMED.matcher(words);
                    if (named.find()) {
                        return Optional.of(named.group(1));
                    }
                    Matcher positional = POSITIONAL.matcher(words);
                    return positional.find() ? Optional.of(positional.group(1)) : Optional.empty();
                });
    }
}
