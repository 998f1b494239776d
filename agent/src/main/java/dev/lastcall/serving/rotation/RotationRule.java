package dev.lastcall.serving.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Whether a doomed pod may leave the routers of one service. Every agent comes to the same answer without talking to the others: they
 * see the same pods, and where several are doomed they all rank them alike.
 *
 * <p>Without it all replicas of a service are taken out in the first second of a mass preemption, and clients get 503 for the rest of
 * the notice although the engines could serve on.
 */
public final class RotationRule {

    /** Those whose node goes last stay longest; among equals the lower UID. */
    private static final Comparator<Endpoint> STAYS_LONGEST = Comparator.comparing(
                    (Endpoint endpoint) -> endpoint.doomedAt() == null ? Instant.MAX : endpoint.doomedAt())
            .reversed()
            .thenComparing(Endpoint::uid);

    private RotationRule() {}

    /**
     * @param asking the doomed pod as its own agent sees it; what the service's list shows under its UID is older
     * @param before endpoints that the service had at the first look
     */
    public static RotationVerdict judge(Endpoint asking, Service service, KeepInRotation keep, int before) {
        if (!asking.serving()) {
            return new RotationVerdict.Leave(service.name() + " sends nothing to it");
        }
        List<Endpoint> others = service.endpoints().stream()
                .filter(endpoint -> !endpoint.uid().equals(asking.uid()))
                .filter(Endpoint::serving)
                .toList();
        int wanted = keep.wanted(service, before);
        int staying = (int) others.stream().filter(Endpoint::stays).count();
        int missing = wanted - staying;
        if (missing <= 0) {
            return new RotationVerdict.Leave(
                    "%d other endpoints of %s serve on, %d are wanted".formatted(staying, service.name(), wanted));
        }
        // One that has not said that it is kept may be about to leave, counting on the asking pod.
        int rank = Stream.concat(Stream.of(asking), others.stream().filter(Endpoint::kept))
                .filter(endpoint -> endpoint.doomedAt() != null)
                .sorted(STAYS_LONGEST)
                .map(Endpoint::uid)
                .toList()
                .indexOf(asking.uid());
        return rank < missing
                ? new RotationVerdict.Keep(
                        "%d other endpoints of %s serve on, %d are wanted".formatted(staying, service.name(), wanted))
                : new RotationVerdict.Leave("%d doomed endpoints of %s are kept beside it, no more are wanted"
                        .formatted(missing, service.name()));
    }

    /** How many endpoints the service has, those included that were taken out because their node goes. */
    public static int endpoints(Service service) {
        return (int) service.endpoints().stream()
                .filter(endpoint -> endpoint.ready() || endpoint.doomedAt() != null)
                .count();
    }
}
