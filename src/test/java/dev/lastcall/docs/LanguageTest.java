package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.metrics.MetricNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One word for each thing, in what a person on call reads first. Each of these words was misunderstood by a reader once. */
class LanguageTest {

    /** Patterns, and what to write instead. */
    private static final Map<String, String> INSTEAD = Map.ofEntries(
            Map.entry("tak(?:en|es?) (?:the node |it |a node )?back", "reclaim (a node), cancel (a notice)"),
            Map.entry("giv(?:en?|es) back", "remove the marks, restore the pod"),
            Map.entry("game day", "simulated notice"),
            Map.entry("rehears", "dry run, simulated notice, warm-up cordon"),
            Map.entry("trying on\\b", "keeps retrying"),
            Map.entry("\\b(?:leaves?|out of) (?:its|their|the) routers", "take out of rotation"),
            Map.entry("\\bsees to\\b", "handles"),
            Map.entry("for (?:certain|sure)\\b", "final"),
            Map.entry("no person", "not set by a person"),
            Map.entry("\\bthe price\\b", "needs, costs, drawback"),
            Map.entry("\\bhears?\\b", "sees, receives"),
            Map.entry("\\bserves? on (?:although|because|before|for now)\\b", "stays in rotation"),
            Map.entry("\\bbeside\\b", "next to, in addition to"));

    /** Quoted output of a run, and pages that still have some of the words. */
    private static final Set<String> LEFT_OUT =
            Set.of("DEMO.md", "LINT.md", "RUNBOOKS.md", "FRAGMENTATION.md", "COMMON-YAML.md");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");

    @Test
    void no_text_for_users_has_a_word_that_was_misunderstood() throws IOException {
        List<String> found = new ArrayList<>();
        texts().forEach((where, text) -> INSTEAD.forEach((word, instead) -> {
            for (MatchResult match : Pattern.compile(word, Pattern.CASE_INSENSITIVE)
                    .matcher(text.replaceAll("\\s+", " "))
                    .results()
                    .toList()) {
                found.add(where + ": \"" + match.group() + "\"; write: " + instead);
            }
        }));
        assertThat(found).isEmpty();
    }

    /** An Event or a help text stands alone: it begins with no pronoun. */
    @Test
    void no_help_text_begins_with_a_pronoun() {
        List<String> helps = Stream.concat(
                        ConfigKeys.all().stream().map(ConfigKey::meaning),
                        MetricNames.all().stream().map(spec -> spec.help()))
                .toList();
        assertThat(helps)
                .hasSizeGreaterThan(100)
                .allSatisfy(help ->
                        assertThat(help).doesNotContainPattern("^(?i:it|they|them|the same|this|that) (?!container)"));
    }

    private static Map<String, String> texts() throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> docs = Files.list(Path.of("docs"));
                Stream<Path> examples = Files.list(Path.of("daemonset/examples"))) {
            Stream.of(
                            docs.filter(page -> page.toString().endsWith(".md")),
                            examples,
                            Stream.of(
                                            "README.md",
                                            "SECURITY.md",
                                            "CONTRIBUTING.md",
                                            "daemonset/README.md",
                                            "daemonset/values.yaml",
                                            "daemonset/templates/NOTES.txt",
                                            "serving/README.md")
                                    .map(Path::of))
                    .flatMap(each -> each)
                    .filter(page -> !LEFT_OUT.contains(page.getFileName().toString()))
                    .forEach(page -> texts.put(page.toString(), read(page)));
        }
        ConfigKeys.all().forEach(key -> texts.put(key.name(), key.meaning()));
        MetricNames.all().forEach(spec -> texts.put(spec.name(), spec.help() + "; " + spec.absentWhen()));
        for (String events : List.of("drain/DrainStory.java", "drain/Refuser.java", "pipeline/DrainObservers.java")) {
            texts.put(
                    events,
                    LITERAL.matcher(read(Path.of("agent/src/main/java/dev/lastcall", events)))
                            .results()
                            .map(match -> match.group(1))
                            .collect(Collectors.joining(" | ")));
        }
        return texts;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
