package dev.lastcall.support.browser;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.chart.NpmPackages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Objects;

/**
 * Deque's axe-core: the accessibility rules that a program can check. The one from npm is the newest; where npm is missing, the last that
 * Maven has.
 */
public final class Axe {

    /** The version is that of pom.xml. */
    private static final String FROM_MAVEN = "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js";

    private Axe() {}

    private static String source() throws IOException {
        if (NpmPackages.areThere()) {
            return Files.readString(NpmPackages.directory().resolve("node_modules/axe-core/axe.min.js"));
        }
        try (InputStream in = Objects.requireNonNull(Axe.class.getResourceAsStream(FROM_MAVEN), FROM_MAVEN)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What breaks a rule, with the element; empty where nothing does. */
    public static JsonNode violations(Tab tab) throws IOException {
        tab.evaluate(source() + "; 0");
        return tab.evaluate("axe.run().then(found => found.violations.map(each => ({ rule: each.id, help: each.help,"
                + " where: each.nodes.map(node => node.html + ' ' + node.failureSummary) })))");
    }
}
