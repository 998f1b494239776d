package dev.lastcall.migplan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Layout;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.support.mig.LayoutOracle;
import dev.lastcall.support.mig.MigGeometries;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against every combination of legal layouts of two GPUs: the plan is never worse, possible where one is, and legal. */
class PlanEqualsBruteForceTest {

    private record Cost(int destroyed, int created) {
        boolean below(Cost other) {
            return destroyed < other.destroyed || destroyed == other.destroyed && created < other.created;
        }
    }

    @ParameterizedTest
    @CsvSource({"a100-40, 1g.10gb, 60", "h100-80, 1g.20gb, 60", "a30, -, 200", "rtx-pro-6000, -, 200"})
    void on_two_gpus_the_plan_is_the_best_of_all_pairs_of_layouts(String model, String without, int rounds) {
        Geometry geometry = MigGeometries.withoutVariantsNor(model, without);
        List<List<Placement>> layouts = layouts(geometry);
        Random random = new Random(13);
        int possible = 0;
        int destroying = 0;
        for (int round = 0; round < rounds; round++) {
            List<PlanGpu> gpus = List.of(gpu(geometry, layouts, random, 0), gpu(geometry, layouts, random, 1));
            Map<String, Integer> pending = pending(geometry, random);
            Cost best = bruteForce(layouts, gpus, pending);
            Outcome outcome = MigPlan.of(gpus, pending).orThrow(IllegalArgumentException::new);

            String what = gpus + " " + pending;
            if (best == null) {
                assertThat(outcome).as(what).isInstanceOf(Outcome.Impossible.class);
            } else {
                assertThat(outcome).as(what).isInstanceOf(Outcome.Plan.class);
                Outcome.Plan plan = (Outcome.Plan) outcome;
                assertThat(new Cost(plan.destroyed(), plan.created())).as(what).isEqualTo(best);
                assertThat(servedBy(gpus, plan))
                        .as(what)
                        .allSatisfy((profile, number) ->
                                assertThat(number).isGreaterThanOrEqualTo(pending.getOrDefault(profile, 0)));
                possible++;
                destroying += plan.destroyed() > 0 ? 1 : 0;
            }
        }
        assertThat(possible).as("questions with an answer").isBetween(rounds / 5, rounds - 1);
        assertThat(destroying).as("answers that destroy something").isGreaterThan(rounds / 20);
    }

    private static List<List<Placement>> layouts(Geometry geometry) {
        LayoutOracle oracle = new LayoutOracle(geometry);
        return oracle.layouts().stream().map(oracle::instances).toList();
    }

    private static PlanGpu gpu(Geometry geometry, List<List<Placement>> layouts, Random random, int index) {
        List<Placement> held = new ArrayList<>();
        List<Placement> idle = new ArrayList<>();
        for (Placement each : layouts.get(random.nextInt(layouts.size()))) {
            (random.nextInt(3) == 0 ? held : idle).add(each);
        }
        return new PlanGpu("n", index, "GPU-" + index, geometry, held, idle);
    }

    private static Map<String, Integer> pending(Geometry geometry, Random random) {
        Map<String, Integer> pending = new LinkedHashMap<>();
        for (int i = 0; i < 2; i++) {
            String profile = geometry.profiles()
                    .get(random.nextInt(geometry.profiles().size()))
                    .name();
            pending.put(profile, 1 + random.nextInt(2));
        }
        return pending;
    }

    private static Cost bruteForce(List<List<Placement>> layouts, List<PlanGpu> gpus, Map<String, Integer> pending) {
        Cost best = null;
        for (List<Placement> first : layouts) {
            if (first.containsAll(gpus.get(0).held())) {
                for (List<Placement> second : layouts) {
                    if (second.containsAll(gpus.get(1).held())) {
                        Cost cost = new Cost(
                                gone(gpus.get(0), first) + gone(gpus.get(1), second),
                                made(gpus.get(0), first) + made(gpus.get(1), second));
                        if ((best == null || cost.below(best)) && serves(gpus, first, second, pending)) {
                            best = cost;
                        }
                    }
                }
            }
        }
        return best;
    }

    /** What others hold serves nobody who waits. */
    private static boolean serves(
            List<PlanGpu> gpus, List<Placement> first, List<Placement> second, Map<String, Integer> pending) {
        return pending.entrySet().stream()
                .allMatch(each -> free(gpus.get(0), first, each.getKey()) + free(gpus.get(1), second, each.getKey())
                        >= each.getValue());
    }

    private static long free(PlanGpu gpu, List<Placement> layout, String profile) {
        return layout.stream()
                .filter(each -> each.profile().equals(profile) && !gpu.held().contains(each))
                .count();
    }

    private static int gone(PlanGpu gpu, List<Placement> layout) {
        return (int) gpu.idle().stream().filter(each -> !layout.contains(each)).count();
    }

    private static int made(PlanGpu gpu, List<Placement> layout) {
        return (int) layout.stream()
                .filter(each -> !gpu.idle().contains(each) && !gpu.held().contains(each))
                .count();
    }

    /** Carries the plan out; an illegal layout throws. */
    private static Map<String, Integer> servedBy(List<PlanGpu> gpus, Outcome.Plan plan) {
        Map<String, Integer> free = new LinkedHashMap<>();
        for (PlanGpu gpu : gpus) {
            Set<Placement> idle = new HashSet<>(gpu.idle());
            plan.steps().stream().filter(step -> step.gpu().equals(gpu)).forEach(step -> {
                assertThat(gpu.idle()).containsAll(step.destroy());
                idle.removeAll(step.destroy());
                idle.addAll(step.create());
            });
            List<Placement> all = new ArrayList<>(gpu.held());
            all.addAll(idle);
            assertThat(new Layout(gpu.geometry(), all).instances()).hasSize(all.size());
            gpu.geometry().profiles().forEach(profile -> free.merge(profile.name(), 0, Integer::sum));
            idle.forEach(each -> free.merge(each.profile(), 1, Integer::sum));
        }
        return free;
    }
}
