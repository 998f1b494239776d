package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ControlPlaneUser;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.ImageTar;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.images.StaticBusybox;
import dev.lastcall.support.node.RealNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A newcomer with a cluster: the commands of docs/QUICKSTART.md as they stand there, one block after the other, on a real node.
 * Added are the image's tag and a free port; busybox is the machine's own under the name that the page gives it.
 */
class QuickstartIT {

    private static final String NODE = "first-node";
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Pattern STEP =
            Pattern.compile("(?s)<!-- quickstart(?:: until it shows ([^\n]+))? -->\n```sh\n(.*?)```");
    private static final Pattern TEST_IMAGE = Pattern.compile("(?m)^ +image: (busybox:\\S+)$");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static SavedImage image;

    @TempDir
    Path folder;

    /** A block of commands. @param shown what it shows in the end, if one has to look again until it does */
    private record Step(@Nullable String shown, String commands) {}

    @BeforeAll
    static void everythingIsThere() throws IOException, InterruptedException {
        need(
                AgentImage.underTest() == AgentImage.NATIVE,
                "skipped: make test-native runs this, with the image that people install");
        RealNode.assumePossible();
        need(Chart.helmIsThere(), Chart.SKIPPED);
        need(ToolRun.onPath("kubectl"), "skipped: no kubectl on the PATH");
        need(StaticBusybox.isThere(), StaticBusybox.SKIPPED);
        Optional<String> missing = AgentImage.underTest().missing();
        need(missing.isEmpty(), "skipped: no image can be built here: " + missing.orElse(""));
        image = SavedImage.ofAgent();
    }

    @Test
    void the_commands_of_the_page_drain_a_labelled_pod_lose_no_request_and_take_the_mark_back() throws Exception {
        String page = Files.readString(Path.of("docs/QUICKSTART.md"));
        List<Step> steps = STEP.matcher(page)
                .results()
                .map(block -> new Step(block.group(1), block.group(2)))
                .toList();
        assertThat(page.split("\n```sh\n", -1)).as("every block is run").hasSize(steps.size() + 1);
        try (ControlPlane plane = ControlPlane.startWithServiceAccounts(ControlPlaneUser.node(NODE));
                RealNode node = RealNode.start(plane, NODE, Map.of())) {
            node.importImage(image.plain(folder));
            node.importImage(busybox(page));
            // The testbed's own, which happens to have the name that Helm is about to use.
            succeeds(plane, "kubectl delete clusterrolebinding lastcall --ignore-not-found");
            try {
                int port = FreePort.find();
                steps.forEach(step -> follow(plane, step, port));
                tookNothingWithIt(node);
            } catch (Exception | AssertionError e) {
                System.out.println(Installation.whatHappened(node));
                throw e;
            }
        }
    }

    private void follow(ControlPlane plane, Step step, int port) {
        String commands = step.commands().replace("image.pullPolicy=Never", "image.pullPolicy=Never" + here(port));
        String shown = step.shown();
        System.out.println(commands);
        if (shown == null) {
            succeeds(plane, commands);
        } else {
            String output =
                    await(commands).atMost(LIMIT).until(() -> succeeds(plane, commands), text -> text.contains(shown));
            System.out.println(output);
        }
    }

    /** What the newcomer has at the end: a node as it was before, with the report of a drain that lost nothing. */
    private static void tookNothingWithIt(RealNode node) throws IOException {
        assertThat(node.object().getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
        assertThat(node.object().getSpec().getTaints()).isEmpty();
        JsonNode report =
                JSON.readTree(node.object().getMetadata().getAnnotations().get(Installation.REPORT));
        assertThat(report.path("outcome").asText()).as(report.toString()).isEqualTo("done");
        assertThat(report.at("/pods/evicted").asInt()).as(report.toString()).isEqualTo(1);
        assertThat(report.at("/requests/atNotice").asInt())
                .as(report.toString())
                .isEqualTo(1);
    }

    /** What the install line needs for the image that is there. */
    private static String here(int port) {
        String tag = image.name().substring(image.name().lastIndexOf(':') + 1);
        return (tag.endsWith("-jvm") ? " -f daemonset/examples/jvm-image.yaml" : "") + " --set image.tag=" + tag
                + " --set http.port=" + port;
    }

    /** busybox as an image, with the names that the page's pod calls it by. */
    private Path busybox(String page) throws IOException {
        String name = TEST_IMAGE
                .matcher(page)
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElseThrow();
        return StaticBusybox.in(ImageTar.named(name).directory("/tmp"), "sh", "httpd", "sleep", "kill")
                .writeTo(folder.resolve("busybox.tar"));
    }

    /** Runs it in a shell that knows the variables of the blocks before. */
    private String succeeds(ControlPlane plane, String commands) {
        Map<String, String> environment = new HashMap<>(Chart.environment());
        environment.put("KUBECONFIG", plane.kubeconfig().toString());
        environment.put("PATH", Chart.tools() + ":" + System.getenv("PATH"));
        Path variables = folder.resolve("variables");
        String script = "NODE=; [ ! -e " + variables + " ] || . " + variables + "\n" + commands + "\ndeclare -p NODE > "
                + variables;
        ToolRun run = ToolRun.of(List.of("timeout", "170", "bash", "-euc", script), environment);
        assertThat(run.code()).as(commands + "\n" + run.all()).isZero();
        return run.out().strip();
    }

    private static void need(boolean there, String otherwise) {
        if (!there) {
            System.out.println(otherwise);
        }
        assumeTrue(there, otherwise);
    }
}
