package dev.lastcall.worker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the command line asks for. */
sealed interface Command {

    record Work() implements Command {}

    /** @param file a path, or - for standard input */
    record Submit(String file) implements Command {}

    record Watch() implements Command {}

    /** @param file null: standard output */
    record Results(@Nullable String file) implements Command {}

    record Unreadable(String why) implements Command {}

    static Command read(String... args) {
        List<String> words = List.of(args);
        if (words.isEmpty()) {
            return new Work();
        }
        List<String> rest = words.subList(1, words.size());
        return switch (words.getFirst()) {
            case "submit" ->
                rest.size() == 1
                                && (rest.getFirst().equals("-")
                                        || !rest.getFirst().startsWith("-"))
                        ? new Submit(rest.getFirst())
                        : new Unreadable("submit: expected one FILE.jsonl, or - for standard input");
            case "watch" -> rest.isEmpty() ? new Watch() : new Unreadable("watch: expected no argument");
            case "results" -> {
                if (rest.isEmpty()) {
                    yield new Results(null);
                }
                yield rest.size() == 2 && rest.getFirst().equals("-o")
                        ? new Results(rest.get(1))
                        : new Unreadable("results: expected nothing or -o FILE");
            }
            default -> new Unreadable(words.getFirst() + ": unknown argument; --help says what there is");
        };
    }
}
