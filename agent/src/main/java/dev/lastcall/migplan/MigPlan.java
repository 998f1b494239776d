package dev.lastcall.migplan;

import dev.lastcall.fragmentation.Checked;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Finds the plan that destroys the fewest idle instances, then creates the fewest, then changes the fewest GPUs. Exact: what
 * each GPU can contribute is enumerated, and the GPUs are combined over all parts of the demand.
 */
public final class MigPlan {

    /** GPUs times parts of the demand: some seconds at most. */
    static final long LIMIT = 2_000_000;

    private static final long NEVER = Long.MAX_VALUE;

    private MigPlan() {}

    /**
     * @param pending instances by profile, each at least 1
     * @return the best plan or that there is none; invalid only where the question is too large to answer exactly
     */
    public static Checked<Outcome> of(List<PlanGpu> gpus, Map<String, Integer> pending) {
        Demand demand = new Demand(pending);
        if (demand.states() * Math.max(1, gpus.size()) > LIMIT) {
            return new Checked.Invalid<>("too many pending instances of different profiles for " + gpus.size()
                    + " GPUs at once; ask for fewer");
        }
        int states = (int) demand.states();
        long[] cost = new long[states];
        Arrays.fill(cost, NEVER);
        cost[0] = 0;
        List<GpuOptions.Option[]> chosen = new ArrayList<>();
        List<int[]> before = new ArrayList<>();
        for (PlanGpu gpu : gpus) {
            List<GpuOptions.Option> options = GpuOptions.of(demand, gpu);
            long[] next = new long[states];
            Arrays.fill(next, NEVER);
            GpuOptions.Option[] by = new GpuOptions.Option[states];
            int[] from = new int[states];
            for (int state = 0; state < states; state++) {
                for (GpuOptions.Option option : cost[state] == NEVER ? List.<GpuOptions.Option>of() : options) {
                    int reached = demand.sum(state, option.serves());
                    long sum = cost[state] + option.cost();
                    if (sum < next[reached]) {
                        next[reached] = sum;
                        by[reached] = option;
                        from[reached] = state;
                    }
                }
            }
            cost = next;
            chosen.add(by);
            before.add(from);
        }
        return new Checked.Valid<>(
                cost[states - 1] == NEVER
                        ? new Outcome.Impossible(demand.byProfile(demand.served(most(demand, cost))))
                        : plan(gpus, demand, chosen, before));
    }

    private static Outcome plan(
            List<PlanGpu> gpus, Demand demand, List<GpuOptions.Option[]> chosen, List<int[]> before) {
        List<Step> steps = new ArrayList<>();
        int[] idle = demand.served((int) demand.states() - 1);
        int state = (int) demand.states() - 1;
        for (int g = gpus.size() - 1; g >= 0; g--) {
            GpuOptions.Option option = chosen.get(g)[state];
            state = before.get(g)[state];
            if (!option.destroy().isEmpty() || !option.create().isEmpty()) {
                steps.addFirst(new Step(gpus.get(g), option.destroy(), option.create()));
            }
            option.create().forEach(each -> idle[demand.profiles().indexOf(each.profile())]--);
        }
        return new Outcome.Plan(steps, demand.byProfile(idle));
    }

    /** Of the parts that can be served, the one with the most instances. */
    private static int most(Demand demand, long[] cost) {
        int best = 0;
        int bestCount = 0;
        for (int state = 0; state < cost.length; state++) {
            int count = Arrays.stream(demand.served(state)).sum();
            if (cost[state] != NEVER && count > bestCount) {
                best = state;
                bestCount = count;
            }
        }
        return best;
    }
}
