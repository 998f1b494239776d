package dev.lastcall.allocation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a device plugin or a DRA driver calls a device. Each of them has its own forms; only two carry the driver's UUID of what
 * is held, the others are numbers that mean something together with the GPUs of this node.
 *
 * <p>Plugins that share a GPU put a counter behind its UUID ({@code GPU-<uuid>-7} of HAMi and Volcano, {@code GPU-<uuid>-_-7} of
 * gpushare). {@link Inventory} takes it off, because only there it is known where the UUID ends.
 *
 * <p>Sources of the forms: NVIDIA's k8s-device-plugin ({@code internal/rm/devices.go}), GKE's device plugin (as read by
 * dcgm-exporter, {@code internal/pkg/transformation/kubernetes.go}), NVIDIA's DRA driver ({@code cmd/gpu-kubelet-plugin}).
 */
public sealed interface DeviceId {

    /** {@code GPU-<uuid>}. */
    record GpuUuid(String uuid) implements DeviceId {}

    /** {@code MIG-<uuid>}, with single and with mixed strategy. */
    record MigUuid(String uuid) implements DeviceId {}

    /** {@code MIG-GPU-<uuid>/<gi>/<ci>}: drivers before R470. */
    record MigNumbers(String gpuUuid, int gi, int ci) implements DeviceId {}

    /** GKE's {@code nvidia0} and DRA's {@code gpu-0}: the minor number, not the index. */
    record GpuMinor(int minor) implements DeviceId {}

    /** GKE's {@code nvidia0/gi3}. */
    record InstanceOfMinor(int minor, int gi) implements DeviceId {}

    /** DRA's {@code gpu-<minor>-mig-<profile>-<profile id>-<start>}: a place, which stays the same when the instance is made anew. */
    record PlaceOnMinor(int minor, int profileId, int start) implements DeviceId {}

    /** A form nobody here knows. */
    record Unrecognised(String text) implements DeviceId {}

    /**
     * An id of a device plugin. Replicas of a shared device ({@code ::n} of time-slicing and MPS, GKE's {@code /vgpun}) are the
     * device itself: who shares it is seen from who holds it.
     */
    static DeviceId ofPlugin(String text) {
        int replica = text.indexOf("::");
        String id = replica < 0 ? text : text.substring(0, replica);
        Matcher old = Forms.OLD_MIG.matcher(id);
        if (old.matches()) {
            return new MigNumbers(old.group(1), number(old.group(2)), number(old.group(3)));
        }
        Matcher gke = Forms.GKE.matcher(id);
        if (gke.matches()) {
            int minor = number(gke.group(1));
            String gi = gke.group(2);
            return gi == null ? new GpuMinor(minor) : new InstanceOfMinor(minor, number(gi));
        }
        if (Forms.UUID.matcher(id).matches()) {
            return id.startsWith("GPU-") ? new GpuUuid(id) : new MigUuid(id);
        }
        return new Unrecognised(text);
    }

    /** The name of a device in a claim on NVIDIA's DRA driver. */
    static DeviceId ofClaim(String name) {
        Matcher place = Forms.DRA_MIG.matcher(name);
        if (place.matches()) {
            return new PlaceOnMinor(number(place.group(1)), number(place.group(2)), number(place.group(3)));
        }
        Matcher gpu = Forms.DRA_GPU.matcher(name);
        return gpu.matches() ? new GpuMinor(number(gpu.group(1))) : new Unrecognised(name);
    }

    private static int number(String digits) {
        return Integer.parseInt(digits);
    }

    /** At most nine digits: what is longer is no number of these devices and would not fit an int. */
    final class Forms {
        private static final Pattern UUID = Pattern.compile("(?:GPU|MIG)-[^/\\s]+");
        private static final Pattern OLD_MIG = Pattern.compile("MIG-(GPU-[^/\\s]+)/(\\d{1,9})/(\\d{1,9})");
        private static final Pattern GKE = Pattern.compile("nvidia(\\d{1,9})(?:/gi(\\d{1,9}))?(?:/vgpu\\d+)?");
        private static final Pattern DRA_GPU = Pattern.compile("gpu-(\\d{1,9})");
        private static final Pattern DRA_MIG = Pattern.compile("gpu-(\\d{1,9})-mig-.+-(\\d{1,9})-(\\d{1,9})");

        private Forms() {}
    }
}
