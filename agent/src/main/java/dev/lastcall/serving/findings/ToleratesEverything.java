package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.serving.findings.Finding.Place;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An evicted pod would be bound to the same node again: it tolerates the taint of a drain and that of a cordon, or its
 * template names the node. DaemonSets do so on purpose and are left by every drain.
 */
public record ToleratesEverything() implements Rule {
    private static final List<String> TAINTS = List.of("lastcall.dev/interruption", "node.kubernetes.io/unschedulable");

    @Override
    public String name() {
        return "tolerates_everything";
    }

    @Override
    public String meaning() {
        return "the replacement of an evicted pod would be bound to the same node";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        if (subject.workload().daemon()) {
            return Stream.empty();
        }
        if (subject.pod().bound()) {
            return finding(
                    "the template names its node (nodeName): the replacement of an evicted pod goes to the same node",
                    "a nodeSelector instead of nodeName",
                    Place.POD);
        }
        boolean all = TAINTS.stream()
                .allMatch(taint -> subject.pod().tolerations().stream().anyMatch(one -> tolerates(one, taint)));
        return all
                ? finding(
                        "the pod tolerates the taints of a node that is going (" + String.join(", ", TAINTS)
                                + "): the replacement of an evicted pod may be bound to the same node",
                        "name the taints that this pod has to tolerate instead of tolerating all",
                        Place.TOLERATIONS)
                : Stream.empty();
    }

    /** The value of the drain's taint is the kind of its notice, so only {@code Exists} covers it for certain. */
    private static boolean tolerates(Toleration toleration, String taint) {
        boolean effect = toleration.effect().isEmpty() || toleration.effect().equals("NoSchedule");
        boolean exists = toleration.operator().equals("Exists");
        boolean key = toleration.key().isEmpty() ? exists : toleration.key().equals(taint);
        boolean value =
                exists || taint.equals(TAINTS.getLast()) && toleration.value().isEmpty();
        return effect && key && value;
    }

    private Stream<Finding> finding(String message, String remedy, Place place) {
        return Stream.of(new Finding(name(), Optional.empty(), message, remedy, place));
    }
}
