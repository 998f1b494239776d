package dev.lastcall.support.browser;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Deque's axe-core: the accessibility rules that a program can check. */
public final class Axe {

    /** The version is that of pom.xml. */
    private static final String SOURCE = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

    private Axe() {}

    /** What breaks a rule, with the element; empty where nothing does. */
    public static JsonNode violations(Tab tab) throws IOException {
        try (InputStream in = Objects.requireNonNull(Axe.class.getResourceAsStream(SOURCE), SOURCE)) {
            tab.evaluate(new String(in.readAllBytes(), StandardCharsets.UTF_8) + "; 0");
        }
        return tab.evaluate("axe.run().then(found => found.violations.map(each => ({ rule: each.id, help: each.help,"
                + " where: each.nodes.map(node => node.html + ' ' + node.failureSummary) })))");
    }
}
