package dev.lastcall.lint;

import dev.lastcall.serving.findings.Finding;
import org.jspecify.annotations.Nullable;

/**
 * A finding and where it was found.
 *
 * @param line from 1
 * @param accepted the user's reason for leaving it so; null for one that counts
 */
record Located(
        String file,
        int line,
        String kind,
        String namespace,
        String name,
        Finding finding,
        @Nullable String accepted) {

    /** {@code llm/chat}, or {@code chat} where no namespace is written. */
    String object() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }
}
