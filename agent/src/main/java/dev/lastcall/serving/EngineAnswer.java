package dev.lastcall.serving;

import java.util.Collection;
import java.util.List;

/** What came of one question to an engine. */
sealed interface EngineAnswer {

    /** HTTP 200 with this body. */
    record Page(String text) implements EngineAnswer {}

    /** Somebody answered, but not with a page; or nobody listens. An engine would have answered. */
    record Other(String why) implements EngineAnswer {}

    /** Nothing came in time: it may be an engine that is busy. */
    record Silence() implements EngineAnswer {}

    /** The texts of those that are pages. */
    static List<String> pages(Collection<EngineAnswer> answers) {
        return answers.stream()
                .filter(Page.class::isInstance)
                .map(answer -> ((Page) answer).text())
                .toList();
    }
}
