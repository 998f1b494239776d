package dev.lastcall.doctor;

import dev.lastcall.drain.PodView;
import dev.lastcall.kube.Asked;
import dev.lastcall.kube.Budget;
import dev.lastcall.serving.EngineSight;
import java.util.List;
import java.util.stream.Collectors;

/** Rows about the serving pods of this node: whether their engines answer, and what their budgets allow. */
final class ServingRows {

    private ServingRows() {}

    static Row none(String selector) {
        return Row.ok("engines", "no pod with " + selector + " on this node");
    }

    static Row engine(PodView pod, EngineSight sight) {
        String check = "engine " + pod.ref();
        return switch (sight) {
            case EngineSight.Answers(var ports) ->
                Row.ok(
                        check,
                        "answers on port "
                                + ports.stream().sorted().map(String::valueOf).collect(Collectors.joining(", ")));
            case EngineSight.NotYet(String why) -> Row.unknown(check, why, "");
            case EngineSight.Trouble(String why) ->
                Row.problem(
                        check,
                        why,
                        "its requests would be held to the deadline and counted as unknown: set lastcall.dev/port and"
                                + " lastcall.dev/metrics-path to its metrics page, and let network policies admit the"
                                + " node");
        };
    }

    static Row budget(PodView pod, Asked<List<Budget>> budgets) {
        String check = "budget " + pod.ref();
        return switch (budgets) {
            case Asked.Refused<List<Budget>>(int status, String reason) ->
                Row.unknown(check, "can't be read: " + ApiRows.words(status, reason), "");
            case Asked.Got<List<Budget>>(List<Budget> all)
            when all.isEmpty() -> Row.ok(check, "no PodDisruptionBudget counts it");
            case Asked.Got<List<Budget>>(List<Budget> all)
            when all.size() > 1 ->
                Row.problem(
                        check,
                        all.size() + " budgets count it ("
                                + all.stream().map(Budget::name).collect(Collectors.joining(", "))
                                + "): the API server then refuses every eviction",
                        "leave one of them");
            case Asked.Got<List<Budget>>(List<Budget> all) -> one(check, all.getFirst());
        };
    }

    private static Row one(String check, Budget budget) {
        String words = budget.name() + ": " + budget.healthy() + " of " + budget.expected() + " ready, "
                + budget.desired() + " wanted, " + budget.allowed() + " may leave now";
        return budget.expected() > 0 && budget.desired() >= budget.expected()
                ? Row.problem(
                        check,
                        words + ": it never lets one go",
                        "a replica more, or maxUnavailable: 1 (minAvailable below the number of replicas)")
                : Row.ok(check, words);
    }
}
