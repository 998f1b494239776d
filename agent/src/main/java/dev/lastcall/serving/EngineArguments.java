package dev.lastcall.serving;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The flags in a container's command line, whether it is a list of words or one line for a shell. */
public final class EngineArguments {
    private final List<String> words;

    public EngineArguments(List<String> words) {
        this.words = words;
    }

    /** Whether the flag is there, with or without a value. */
    public boolean has(String flag) {
        Pattern pattern = pattern(flag);
        return words.stream().anyMatch(word -> pattern.matcher(word).find());
    }

    /** The flag's value; of several the last one, which is the one that counts for the engines' own parsers. */
    public Optional<String> value(String flag) {
        Pattern pattern = pattern(flag);
        Optional<String> found = Optional.empty();
        for (int i = 0; i < words.size(); i++) {
            Matcher matcher = pattern.matcher(words.get(i));
            while (matcher.find()) {
                boolean nextWord = matcher.group(1).isEmpty() && i + 1 < words.size();
                found = Optional.of(nextWord ? words.get(i + 1).strip() : matcher.group(1));
            }
        }
        return found;
    }

    /** The flag's value as a port or a small count; empty where it is not given or no such number. */
    OptionalInt number(String flag) {
        return value(flag)
                .filter(text -> text.matches("\\d{1,5}"))
                .map(text -> OptionalInt.of(Integer.parseInt(text)))
                .orElse(OptionalInt.empty());
    }

    /** vLLM takes underscores for dashes; a value in a shell line may be quoted. */
    private static Pattern pattern(String flag) {
        return Pattern.compile("(?<![^\\s\"'=])--" + flag.replace("-", "[-_]") + "(?:=|\\s+|$)[\"']?([^\\s\"';&|]*)");
    }
}
