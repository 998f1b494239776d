package dev.lastcall.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The answers of the rules on random fleets of two clusters with three node pools each, against an answer that is found by
 * seating one pod after the other.
 */
class AdviceTest {

    private static final int FLEETS = 60;
    private static final int POOLS = 3;
    private static final List<String> ANSWERS = List.of("use_idle", "create", "defragment");
    private static final String PROFILE = "1g.5gb";

    /** @param bound pending pods that name the pool */
    private record Pool(int idle, int placeable, int ideal, int bound) {

        int room(String answer) {
            return switch (answer) {
                case "create" -> idle + placeable;
                case "defragment" -> idle + ideal;
                default -> idle;
            };
        }
    }

    /** @param free pending pods that name no pool */
    private record Cluster(List<Pool> pools, int free) {

        /** For each pool, then for the pods without one: do all find a seat? */
        List<Boolean> seated(String answer) {
            List<Integer> seats = new ArrayList<>();
            for (int pool = 0; pool < POOLS; pool++) {
                seats.addAll(Collections.nCopies(pools.get(pool).room(answer), pool));
            }
            List<Boolean> all = new ArrayList<>();
            for (int pool = 0; pool < POOLS; pool++) {
                boolean found = true;
                for (int pod = 0; pod < pools.get(pool).bound(); pod++) {
                    found &= seats.remove((Object) pool);
                }
                all.add(found);
            }
            all.add(seats.size() >= free);
            return all;
        }

        /** The least that has to be done for a pool's pods, or (index 3) for those without a pool. */
        String answer(int group) {
            return ANSWERS.stream()
                    .filter(answer -> seated(answer).get(group))
                    .findFirst()
                    .orElse("scale_up");
        }
    }

    @TempDir
    Path folder;

    @Test
    void the_rules_answer_as_one_who_seats_pod_after_pod() throws IOException {
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        Random random = new Random(13);
        StringBuilder file = new StringBuilder("rule_files: ['")
                .append(Path.of("dashboards/rules/lastcall.rules.yaml").toAbsolutePath())
                .append("']\nevaluation_interval: 1m\ntests:\n");
        List<String> given = new ArrayList<>();
        for (int i = 0; i < FLEETS; i++) {
            StringBuilder expected = new StringBuilder();
            file.append("  - interval: 1m\n    input_series:\n");
            for (String name : List.of("a", "b")) {
                Cluster cluster = cluster(random);
                describe(file, name, cluster);
                for (int group = 0; group <= POOLS; group++) {
                    int pending = group < POOLS ? cluster.pools().get(group).bound() : cluster.free();
                    if (pending > 0) {
                        given.add(cluster.answer(group));
                        expected.append(sample(name, group, cluster.answer(group), pending));
                    }
                }
            }
            file.append("    promql_expr_test:\n      - expr: 'lastcall:mig_profile_pending:advice'\n")
                    .append("        eval_time: 2m\n        exp_samples:\n")
                    .append(expected);
        }
        for (String answer : List.of("use_idle", "create", "defragment", "scale_up")) {
            assertThat(given)
                    .as("the fleets show each answer often")
                    .filteredOn(answer::equals)
                    .hasSizeGreaterThan(20);
        }
        ToolRun run = ToolRun.of(
                "promtool",
                "test",
                "rules",
                Files.writeString(folder.resolve("advice.test.yaml"), file).toString());
        assertThat(run.code()).as(run.all()).isZero();
    }

    private static Cluster cluster(Random random) {
        List<Pool> pools = new ArrayList<>();
        for (int i = 0; i < POOLS; i++) {
            int placeable = random.nextInt(3);
            pools.add(new Pool(random.nextInt(3), placeable, placeable + random.nextInt(3), random.nextInt(6)));
        }
        return new Cluster(pools, 1 + random.nextInt(8));
    }

    /** One node with one GPU for each pool. */
    private static void describe(StringBuilder file, String name, Cluster cluster) {
        String in = "{cluster=\"" + name + "\",";
        for (int i = 0; i < POOLS; i++) {
            Pool pool = cluster.pools().get(i);
            String agent = in + "node=\"n" + i + "\",instance=\"10.0.0." + i + ":9410\"";
            String gpu = agent + ",gpu=\"0\",uuid=\"GPU-0\",profile=\"" + PROFILE + "\"}";
            add(file, "lastcall_drain_pods_pending" + agent + "}", 0);
            add(
                    file,
                    "lastcall_device_instances" + agent + ",state=\"idle\",profile=\"" + PROFILE + "\"}",
                    pool.idle());
            add(file, "lastcall_mig_profile_placeable" + gpu, pool.placeable());
            add(file, "lastcall_mig_profile_ideal" + gpu, pool.ideal());
            add(file, "kube_node_labels" + in + "node=\"n" + i + "\",label_karpenter_sh_nodepool=\"p" + i + "\"}", 1);
            for (int pod = 0; pod < pool.bound(); pod++) {
                String which = in + "namespace=\"llm\",pod=\"p" + i + "-" + pod + "\"";
                pending(file, which);
                add(file, "kube_pod_nodeselectors" + which + ",nodeselector_karpenter_sh_nodepool=\"p" + i + "\"}", 1);
            }
        }
        for (int pod = 0; pod < cluster.free(); pod++) {
            pending(file, in + "namespace=\"llm\",pod=\"free-" + pod + "\"");
        }
    }

    private static void pending(StringBuilder file, String pod) {
        add(
                file,
                "kube_pod_container_resource_requests" + pod + ",container=\"c\",resource=\"nvidia_com_mig_1g_5gb\"}",
                1);
        add(file, "kube_pod_status_unschedulable" + pod + "}", 1);
    }

    private static void add(StringBuilder file, String series, int value) {
        file.append("      - {series: '")
                .append(series)
                .append("', values: '")
                .append(value)
                .append("+0x3'}\n");
    }

    private static String sample(String cluster, int group, String answer, int value) {
        String pool = group < POOLS ? "nodepool=\"p" + group + "\"," : "";
        return "          - {labels: 'lastcall:mig_profile_pending:advice{advice=\"" + answer + "\",cluster=\""
                + cluster + "\"," + pool + "profile=\"" + PROFILE + "\"}', value: " + value + "}\n";
    }
}
