package dev.lastcall.lint;

import dev.lastcall.serving.findings.ServedModel;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Workloads that stand in for each other: counted together, as a Service or a PodDisruptionBudget does. */
final class Groups {

    /** @param least how many pods there are at the least: 0 where an autoscaler may take all away, null if not known */
    private record Member(
            Manifest owner,
            Map<String, String> labels,
            Optional<String> model,
            @Nullable Integer least) {}

    private final Labelled<Member> members;

    Groups(List<Manifest> all, Autoscalers autoscalers) {
        List<Member> found = all.stream()
                .filter(each -> each.controller().isEmpty())
                .flatMap(each -> Template.of(each).stream())
                .map(each -> {
                    var pod = PodReader.read(each);
                    Integer least = autoscalers.least(each.owner()).orElse(each.replicas());
                    return new Member(each.owner(), pod.labels(), ServedModel.of(pod), least);
                })
                .toList();
        this.members = new Labelled<>(found, Member::labels);
    }

    /**
     * How many pods are selected.
     *
     * @param wanted labels that all of them carry; they need not be the whole condition
     * @return null if it is one workload alone, or the number of one of them is not known
     */
    @Nullable
    Integer size(Manifest near, Map<String, String> wanted, Predicate<Map<String, String>> selected) {
        List<Member> group =
                near(near, wanted).filter(each -> selected.test(each.labels())).toList();
        return group.size() < 2 ? null : sum(group);
    }

    /** The same for a Service, whose pods may serve several models: those of another model don't count. */
    @Nullable
    Integer sameModel(Manifest near, Optional<String> model, Map<String, String> selector) {
        return sum(near(near, selector)
                .filter(each -> Selector.exactly(selector, each.labels())
                        && each.model().equals(model))
                .toList());
    }

    private Stream<Member> near(Manifest near, Map<String, String> wanted) {
        return members.carrying(wanted).stream().filter(each -> each.owner().sameNamespace(near));
    }

    private static @Nullable Integer sum(List<Member> group) {
        List<Integer> known =
                group.stream().map(Member::least).filter(Objects::nonNull).toList();
        return known.size() < group.size()
                ? null
                : Integer.valueOf(known.stream().mapToInt(Integer::intValue).sum());
    }
}
