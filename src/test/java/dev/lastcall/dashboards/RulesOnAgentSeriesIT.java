package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.kubelet.PodResourcesServer;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules on what the packaged program itself publishes: rule tests on series that somebody wrote agree with a program that
 * nobody has. Only the pending pods are written here; kube-state-metrics would tell of them.
 */
class RulesOnAgentSeriesIT {

    private static final Pattern LINE = Pattern.compile("(lastcall_[a-z0-9_]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern READ_BY_THE_ADVICE = Pattern.compile(
            "lastcall_(mig_profile_(placeable|ideal)|device_instances|placement_visible|drain_pods_pending|allocation_info)");

    @TempDir
    Path folder;

    /** The first drawing of docs/FRAGMENTATION.md, the 1g at 6 idle; a whole GPU idle beside it. */
    @Test
    void mig_mixed_and_whole_gpus_get_the_four_answers() throws Exception {
        String published = published("""
                {"gpus": [
                  {"geometry": "a100-40", "uuid": "GPU-1", "minor": 0, "mig": true, "instances": [
                    {"profile": "1g.5gb", "start": 2, "gi": 7, "uuid": "MIG-a"},
                    {"profile": "2g.10gb", "start": 4, "gi": 3, "uuid": "MIG-b"},
                    {"profile": "1g.5gb", "start": 6, "gi": 9, "uuid": "MIG-c"}]},
                  {"geometry": "t4", "uuid": "GPU-2", "minor": 1}]}
                """, "nvidia.com/mig-1g.5gb", "MIG-a", "nvidia.com/mig-2g.10gb", "MIG-b");

        check(published, "nvidia_com_mig_1g_5gb", 1, mig("use_idle", "1g.5gb", 1));
        check(published, "nvidia_com_mig_2g_10gb", 1, mig("create", "2g.10gb", 1));
        check(published, "nvidia_com_mig_3g_20gb", 1, mig("defragment", "3g.20gb", 1));
        check(published, "nvidia_com_mig_3g_20gb", 2, mig("scale_up", "3g.20gb", 2));
        check(published, "nvidia_com_gpu", 1, gpu("use_idle", 1));
        check(published, "nvidia_com_gpu", 2, gpu("scale_up", 2));
    }

    /** Under the strategy single an instance is offered as a GPU. */
    @Test
    void idle_instances_of_mig_single_count_as_gpus() throws Exception {
        String published = published("""
                {"gpus": [{"geometry": "a100-40", "uuid": "GPU-1", "mig": true, "instances": [
                    {"profile": "3g.20gb", "start": 0, "gi": 1, "uuid": "MIG-a"},
                    {"profile": "3g.20gb", "start": 4, "gi": 2, "uuid": "MIG-b"}]}]}
                """, "nvidia.com/gpu", "MIG-a");

        check(published, "nvidia_com_gpu", 1, gpu("use_idle", 1));
        check(published, "nvidia_com_gpu", 2, gpu("scale_up", 2));
    }

    private String published(String gpus, String... resourcesAndDevices) throws Exception {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        Path socket = folder.resolve("kubelet.sock");
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            for (int i = 0; i < resourcesAndDevices.length; i += 2) {
                kubelet.give("llm", "pod-" + i, "main", resourcesAndDevices[i], resourcesAndDevices[i + 1]);
            }
            try (AgentProcess agent = AgentProcess.builder()
                    .config("lastcall.kubernetes.enabled", "false")
                    .config("lastcall.notice.provider", "none")
                    .config("lastcall.gpu.scan-interval", "1s")
                    .config("lastcall.gpu.library", NvmlSim.in(folder, gpus).library())
                    .config("lastcall.pod-resources.socket", socket.toString())
                    .start()) {
                await("GPUs and their holders are on the page")
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> page(agent).contains("lastcall_mig_profile_ideal{")
                                && page(agent).contains("lastcall_device_instances{"));
                return page(agent);
            }
        }
    }

    private static String page(AgentProcess agent) throws Exception {
        return agent.get("/metrics").body();
    }

    private void check(String published, String resource, int pending, String expected) throws Exception {
        StringBuilder test = new StringBuilder("rule_files: ['")
                .append(Path.of("dashboards/rules/lastcall.rules.yaml").toAbsolutePath())
                .append("']\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n");
        int series = 0;
        for (String line : published.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()
                    && READ_BY_THE_ADVICE.matcher(matcher.group(1)).matches()) {
                String labels = matcher.group(2) == null ? "" : matcher.group(2) + ",";
                add(
                        test,
                        matcher.group(1) + "{" + labels + "node=\"n1\",instance=\"i:9410\",job=\"lastcall\"}",
                        matcher.group(3));
                series++;
            }
        }
        assertThat(series).isGreaterThan(10);
        add(
                test,
                "kube_pod_container_resource_requests{namespace=\"llm\",pod=\"p\",container=\"c\",resource=\""
                        + resource + "\"}",
                String.valueOf(pending));
        add(test, "kube_pod_status_unschedulable{namespace=\"llm\",pod=\"p\"}", "1");
        test.append("    promql_expr_test:\n").append(expected);
        Path file = Files.writeString(folder.resolve("advice.test.yaml"), test);
        ToolRun run = ToolRun.of("promtool", "test", "rules", file.toString());
        assertThat(run.code()).as(resource + " " + pending + "\n" + run.all()).isZero();
    }

    private static void add(StringBuilder test, String series, String value) {
        test.append("      - series: '")
                .append(series)
                .append("'\n        values: '")
                .append(value)
                .append("+0x20'\n");
    }

    private static String mig(String advice, String profile, int value) {
        return sample(
                "lastcall:mig_profile_pending:advice",
                "{advice=\"" + advice + "\",profile=\"" + profile + "\"}",
                value);
    }

    private static String gpu(String advice, int value) {
        return sample("lastcall:gpu_pending:advice", "{advice=\"" + advice + "\"}", value);
    }

    private static String sample(String name, String labels, int value) {
        return String.join(
                "\n",
                List.of(
                        "      - expr: '" + name + "'",
                        "        eval_time: 5m",
                        "        exp_samples:",
                        "          - labels: '" + name + labels + "'",
                        "            value: " + value,
                        ""));
    }
}
