package dev.lastcall.serving.findings;

import java.util.List;

/** All rules, in the order in which their findings are reported. */
public final class Rules {

    private Rules() {}

    public static List<Rule> all() {
        return List.of(
                new RequestLongerThanNotice(),
                new EngineAborts(),
                new GraceTooShort(),
                new PrestopEatsNotice(),
                new NoRotation(),
                new BudgetBlocks(),
                new SingleReplica(),
                new GateSlow(),
                new ToleratesEverything(),
                new ServiceLinks());
    }

    /** The public names, in the order of {@link #all}. */
    public static List<String> names() {
        return all().stream().map(Rule::name).toList();
    }

    public static List<Finding> findings(Subject subject) {
        return all().stream().flatMap(rule -> rule.check(subject)).toList();
    }
}
