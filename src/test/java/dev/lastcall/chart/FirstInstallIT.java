package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.HttpProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The first five minutes on a real API server, with the real Helm and kubectl: the lines of README and docs/INSTALL.md as they stand there, but
 * for the image's name, then each wrong turn, what it says, and that the remedy it names is one. The pods run nothing; a web
 * server answers their probes.
 */
class FirstInstallIT {

    private static final Duration LIMIT = Duration.ofSeconds(150);
    private static final String IMAGE = "lastcall.test/lastcall-agent";
    private static final Pattern INSTALL = Pattern.compile("(?m)^helm install lastcall daemonset(?:.*\\\\\n)*.*$");

    @TempDir
    Path cache;

    private final ControlPlane plane = plane();
    private ScriptedKubelet node = kubelet("gpu-node");

    @BeforeEach
    void monitorsAreKnown() {
        succeeds("kubectl apply --server-side -f " + Chart.tools().resolve("crds"));
        // The testbed's own, which happens to have the name that Helm is about to use.
        succeeds("kubectl delete clusterrolebinding lastcall --ignore-not-found");
    }

    @AfterEach
    void stop() {
        node.close();
        plane.close();
    }

    @Test
    void the_lines_of_the_manual_install_it_and_every_wrong_turn_names_cause_and_remedy() throws IOException {
        for (String page : List.of("README.md", "docs/INSTALL.md")) {
            installedAsWritten(install(page));
        }
        String line = install("README.md");
        withoutAnImage(line);
        withoutTheOperator(line);
        whereNoNodeMatches(line);
        whereTheNamespaceIsRestricted(line);
    }

    private void installedAsWritten(String line) throws IOException {
        label("nvidia.com/gpu.present=true");
        String notes = succeeds(line);
        assertThat(succeeds(noted(notes, "kubectl -n lastcall rollout status"))).contains("successfully rolled out");
        assertThat(succeeds(noted(notes, "kubectl -n lastcall get daemonset"))).contains("lastcall");
        assertThat(succeeds("kubectl -n lastcall get pods -o name")).hasLineCount(1);
        assertThat(notes)
                .as("how to tell a wrong gpu.access")
                .contains(
                        "gpu.access=runtime. ",
                        "lastcall_nvml_state{state=\"library_missing\"} 1",
                        "= runtimeClass;",
                        "= volumeMounts; GKE = gke");
        uninstall();
    }

    private void withoutAnImage(String line) {
        ToolRun refused = run(line.replaceFirst(" --set image.repository=\\S+", ""));
        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains("image.repository is not set", "make image", "docs/IMAGES.md");
        assertThat(succeeds("helm list --all-namespaces --short")).isEmpty();
    }

    /** What docs/INSTALL.md says under Monitoring. */
    private void withoutTheOperator(String line) {
        succeeds("kubectl delete -f " + Chart.tools().resolve("crds"));
        ToolRun refused = run(line);
        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains("no matches for kind \"PodMonitor\"");
        succeeds(line + " --set monitoring.podMonitor.enabled=false");
        uninstall();
        monitorsAreKnown();
    }

    private void whereNoNodeMatches(String line) throws IOException {
        label("nvidia.com/gpu.present-");
        String notes = succeeds(line);
        String desired =
                "kubectl -n lastcall get daemonset lastcall -o jsonpath={.status.observedGeneration}/{.status.desiredNumberScheduled}";
        await("the controller has looked")
                .atMost(LIMIT)
                .until(() -> succeeds(desired).equals("1/0"));
        assertThat(notes).contains("DESIRED is 0: no node matches");
        assertThat(succeeds(noted(notes, "kubectl get nodes -L"))).contains("GPU.PRESENT", "gpu-node", "amd64");
        label("nvidia.com/gpu.present=true");
        await("the label brings a pod")
                .atMost(LIMIT)
                .until(() -> succeeds(desired).equals("1/1"));
        uninstall();
    }

    private void whereTheNamespaceIsRestricted(String line) throws IOException {
        succeeds("kubectl label namespace lastcall pod-security.kubernetes.io/enforce=restricted --overwrite");
        String notes = succeeds(line);
        String described = noted(notes, "kubectl -n lastcall describe daemonset");
        await("the Events say why")
                .atMost(LIMIT)
                .until(() -> succeeds(described).contains("violates PodSecurity"));
        assertThat(notes).contains("\"violates PodSecurity\": the namespace enforces a level below privileged");
        assertThat(succeeds("kubectl -n lastcall get pods -o name")).isEmpty();
        succeeds(noted(notes, "kubectl label namespace lastcall"));
        // The controller tries again by itself, later each time; a new one would at once.
        await("the pod is admitted")
                .atMost(LIMIT)
                .until(() -> !succeeds("kubectl -n lastcall get pods -o name").isEmpty());
        uninstall();
    }

    private void uninstall() {
        succeeds("helm uninstall lastcall --namespace lastcall");
        await("the pods are gone")
                .atMost(LIMIT)
                .until(() -> succeeds("kubectl -n lastcall get pods -o name").isEmpty());
    }

    private void label(String label) {
        succeeds("kubectl label node gpu-node --overwrite " + label);
    }

    /** The install line of a page, with an image that exists here. */
    private static String install(String page) throws IOException {
        String line = INSTALL.matcher(Files.readString(Path.of(page)))
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError("no install line in " + page))
                .group()
                .replace("\\\n", " ");
        assertThat(line).contains("REGISTRY/lastcall-agent");
        return line.replace("REGISTRY/lastcall-agent", IMAGE);
    }

    /** A line of the notes that Helm prints. */
    private static String noted(String notes, String beginning) {
        return notes.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError(beginning + " does not stand in:\n" + notes));
    }

    private String succeeds(String line) {
        ToolRun run = run(line);
        assertThat(run.code()).as(line + "\n" + run.all()).isZero();
        return run.out().strip();
    }

    private ToolRun run(String line) {
        Map<String, String> environment = new HashMap<>(Chart.environment());
        environment.put("KUBECONFIG", plane.kubeconfig().toString());
        // What another cluster behind the same port once had is of no use here.
        environment.put("KUBECACHEDIR", cache.toString());
        environment.put("PATH", Chart.tools() + ":" + System.getenv("PATH"));
        return ToolRun.of(List.of("bash", "-euc", line), environment);
    }

    private ScriptedKubelet kubelet(String name) {
        return ScriptedKubelet.on(plane, name)
                .image(IMAGE + ":" + Chart.appVersion(), new HttpProgram())
                .start();
    }

    private static ControlPlane plane() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        String skipped = "skipped: no kubectl on the PATH";
        if (!ToolRun.onPath("kubectl")) {
            System.out.println(skipped);
        }
        assumeTrue(ToolRun.onPath("kubectl"), skipped);
        return ControlPlane.start();
    }
}
