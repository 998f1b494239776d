package dev.lastcall.lint.truth;

import dev.lastcall.lint.LintRun;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One manifest, and the requests that its pods serve when the notice comes.
 *
 * @param name what is special about the manifest; unique
 * @param findings what lint has to say of it, by public names
 * @param requests how long each request takes
 * @param perSecond how many arrive
 * @param routerLag how long its router needs to follow a pod that leaves
 */
public record TruthRow(
        String name,
        List<String> findings,
        TruthManifest manifest,
        Duration requests,
        double perSecond,
        Duration routerLag) {
    public static final Duration WINDOW = Duration.ofSeconds(30);
    /** Only the running engine's own request times tell it. */
    public static final String LIVE = "request_longer_than_notice";

    static final Duration LONG = Duration.ofSeconds(13);
    private static final Duration SOON = Duration.ofMillis(300);

    static TruthRow says(String findings, String name, TruthManifest manifest) {
        return new TruthRow(name, List.of(findings.split(" ")), manifest, LONG, 2, SOON);
    }

    static TruthRow silent(String name, TruthManifest manifest) {
        return new TruthRow(name, List.of(), manifest, LONG, 1, SOON);
    }

    TruthRow requests(Duration each) {
        return new TruthRow(name, findings, manifest, each, perSecond, routerLag);
    }

    TruthRow perSecond(double rate) {
        return new TruthRow(name, findings, manifest, requests, rate, routerLag);
    }

    TruthRow routerLag(Duration lag) {
        return new TruthRow(name, findings, manifest, requests, perSecond, lag);
    }

    public boolean clean() {
        return findings.isEmpty();
    }

    /** What has to be seen, because lint says so. */
    public Set<Consequence> predicted() {
        return Consequence.of(findings);
    }

    /** Whether lint says that requests go down with the pod; where it does not, none may that had the time to end. */
    public boolean losing() {
        return predicted().contains(Consequence.LOST) || findings.contains("tolerates_everything");
    }

    /** What the command says of this text. */
    public static List<String> lint(String text) throws IOException {
        return LintRun.findings(text, "--window", WINDOW.toSeconds() + "s").stream()
                .map(finding -> finding.replaceFirst("^[^:]*:", "").replaceFirst("@.*$", ""))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
