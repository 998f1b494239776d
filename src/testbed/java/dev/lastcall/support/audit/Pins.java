package dev.lastcall.support.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Versions that somebody else could move under us. Maven's own are the enforcer's business, in the profile audit. */
final class Pins {

    private static final Pattern USES = Pattern.compile("(?m)^\\s*(?:- )?uses:\\s*(\\S+)[ \\t]*(#.*)?$");
    private static final Pattern PINNED = Pattern.compile("[\\w.-]+/[\\w./-]+@[0-9a-f]{40}");
    private static final Pattern REQUIRE =
            Pattern.compile("(?m)^(?:require )?\\s*([\\w.~-]+\\.[\\w./~-]+) (v\\S+)(.*)$");

    private Pins() {}

    /** An action's tag can be moved to other code; its commit can't. The comment says which version that is. */
    static List<String> ofWorkflow(String file, String text) {
        List<String> findings = new ArrayList<>();
        Matcher uses = USES.matcher(text);
        while (uses.find()) {
            if (!uses.group(1).startsWith("./")
                    && !PINNED.matcher(uses.group(1)).matches()) {
                findings.add(file + ": " + uses.group(1) + " is not pinned to a commit");
            } else if (uses.group(2) == null) {
                findings.add(file + ": no comment says which version " + uses.group(1) + " is");
            }
        }
        return findings;
    }

    /** A version without its sum would be taken as whatever the first download brings. */
    static List<String> ofGoModule(String file, String module, String sums) {
        List<String> findings = new ArrayList<>();
        Matcher require = REQUIRE.matcher(module);
        while (require.find()) {
            String sum = require.group(1) + " " + require.group(2);
            // An indirect module that nothing is compiled from has a sum of its go.mod only.
            if (!module.contains("replace") && !sums.contains(sum + " h1:") && !sums.contains(sum + "/go.mod h1:")) {
                findings.add(file + ": go.sum has no sum of " + sum);
            }
        }
        return findings;
    }

    static List<String> ofPythonRequirements(String file, String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#") && !line.startsWith("-"))
                .filter(line -> !line.contains("=="))
                .map(line -> file + ": " + line + " has no fixed version")
                .toList();
    }
}
