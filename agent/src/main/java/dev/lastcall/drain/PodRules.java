package dev.lastcall.drain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which pods a drain takes and how: rules in their order, of which the first that speaks decides. After kubectl's
 * {@code pkg/drain} filters, but emptyDir volumes and bare pods do not stop it: the machine goes, and their data with it.
 */
public record PodRules(List<PodRule> rules) {

    public PodRules {
        rules = List.copyOf(rules);
    }

    /**
     * The rules of one drain.
     *
     * @param serves whether the pod matches the serving selector
     * @param machineGoes the machine is taken whatever anybody asks for
     */
    public static PodRules of(Predicate<PodView> serves, DrainSettings settings, String kind, boolean machineGoes) {
        List<Taint> marks = new ArrayList<>();
        marks.add(new Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"));
        if (settings.taint()) {
            marks.add(new Taint(NodeMarks.TAINT, kind, "NoSchedule"));
        }
        // An engine that never served goes like any other pod, only sooner: the rules for those that must stay come
        // first.
        Predicate<PodView> engine = serves.and(pod -> !pod.neverServed());
        return new PodRules(List.of(
                PodRule.finished(),
                PodRule.fixed(),
                PodRule.own(settings.own()),
                PodRule.servingDaemon().where(engine),
                PodRule.comesBack(marks, true).where(engine),
                PodRule.spared(machineGoes, true).where(engine),
                PodRule.groupWorker().where(engine),
                PodRule.always(new PodVerdict.Hold("")).where(engine),
                PodRule.daemon(),
                PodRule.comesBack(marks, false),
                PodRule.spared(machineGoes, false),
                PodRule.unserving().where(serves),
                PodRule.last(settings.namespacesLast())));
    }

    /** A pod that no rule speaks about is an ordinary one. */
    public PodVerdict verdict(PodView pod) {
        return rules.stream()
                .map(rule -> rule.judge(pod))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseGet(PodVerdict.Evict::new);
    }
}
