package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.lint.LintRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What application teams copy survives a notice, by the product's own judgement. */
class WorkloadsDocsTest {
    private static final Pattern MANIFEST = Pattern.compile("```yaml\n(apiVersion: .*?)```", Pattern.DOTALL);

    @Test
    void lint_finds_nothing_in_the_manifest_of_any_engine() throws IOException {
        List<String> manifests = MANIFEST.matcher(Files.readString(Path.of("docs/WORKLOADS.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(manifests).hasSize(3);
        String shared = manifests.getFirst().substring(manifests.getFirst().indexOf("---\n"));
        for (String manifest : manifests) {
            String whole = manifest.contains("kind: Service") ? manifest : manifest + shared;
            assertThat(LintRun.findings(whole)).as(whole).isEmpty();
        }
    }

    /** The same claim against a manifest that is wrong, or the test above would pass on anything. */
    @Test
    void lint_finds_the_missing_rotation_label() throws IOException {
        String page = Files.readString(Path.of("docs/WORKLOADS.md")).replace(", lastcall.dev/rotation: in", "");
        String manifest =
                MANIFEST.matcher(page).results().findFirst().orElseThrow().group(1);
        assertThat(LintRun.findings(manifest)).anyMatch(finding -> finding.contains("no_rotation"));
    }
}
