package dev.lastcall.serving.findings;

import java.util.stream.Stream;

/** One way in which a pod template fails a notice. Pure: the same facts give the same findings. */
public sealed interface Rule
        permits RequestLongerThanNotice,
                EngineAborts,
                GraceTooShort,
                PrestopEatsNotice,
                NoRotation,
                BudgetBlocks,
                SingleReplica,
                GateSlow,
                ToleratesEverything,
                ServiceLinks {

    /** The public name, in snake case. */
    String name();

    /** What it looks for, for a list of the rules: a clause without an end mark. */
    String meaning();

    Stream<Finding> check(Subject subject);
}
