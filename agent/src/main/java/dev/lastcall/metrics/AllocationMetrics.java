package dev.lastcall.metrics;

import static dev.lastcall.metrics.MetricSpec.gauge;

import java.util.List;

/** The families of {@link AllocationMeters}. */
final class AllocationMetrics {

    private static final String UNKNOWN =
            "the kubelet never answered, or not for a minute, or the GPUs were not looked for yet";

    static final MetricSpec INFO = gauge(
            "allocation_info",
            "",
            List.of("uuid", "mig_uuid", "namespace", "pod", "container", "resource"),
            "This container holds this device; always 1. uuid for a GPU as a whole, mig_uuid for a part of one;"
                    + " resource gpu.nvidia.com for a DRA claim",
            "no container holds a device of this node; " + UNKNOWN);
    static final MetricSpec INSTANCES = gauge(
            "device_instances",
            "",
            List.of("profile", "state"),
            "Devices that a container holds (allocated) and that none does (idle), by MIG profile; profile full for a GPU"
                    + " that is not partitioned",
            "there is no device of this profile; a pod holds a GPU under an id that can't be matched, so nobody knows what is"
                    + " idle; " + UNKNOWN);
    static final MetricSpec UNMAPPED = gauge(
            "pod_resources_unmapped_devices",
            "",
            List.of(),
            "Devices under nvidia.com that pods hold according to the kubelet and that are no GPU of this node",
            UNKNOWN);
    static final MetricSpec UP =
            gauge("pod_resources_up", "", List.of(), "1 while the kubelet answers which pod holds which device", "");
    static final MetricSpec LAST_SUCCESS = gauge(
            "pod_resources_last_success_timestamp_seconds",
            "seconds",
            List.of(),
            "When the kubelet last answered",
            "it never did");

    static final List<MetricSpec> ALL = List.of(INFO, INSTANCES, UNMAPPED, UP, LAST_SUCCESS);

    private AllocationMetrics() {}
}
