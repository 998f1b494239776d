package dev.lastcall.metrics;

import static dev.lastcall.metrics.MetricSpec.gauge;

import java.util.List;

/** The families of {@link FragmentationSeries}. {@link dev.lastcall.fragmentation.Fragmentation} defines the numbers. */
final class FragmentationMetrics {

    private static final List<String> GPU = List.of("gpu", "uuid");
    private static final List<String> STATE = List.of("gpu", "uuid", "state");
    private static final List<String> PROFILE = List.of("gpu", "uuid", "profile");
    private static final List<String> MIG = List.of("gpu", "uuid", "mig_uuid", "gi", "profile");
    private static final String NO_MIG = "MIG is off, or the GPU is stale";
    private static final String HIDDEN = NO_MIG + ", or the process may not see placements";
    private static final String UNKNOWN = "; or the kubelet did not say who holds what";

    static final MetricSpec MEMORY_SLICES = gauge(
            "mig_memory_slices",
            "",
            STATE,
            "Memory slices that GPU instances take (used) or none takes (free)",
            HIDDEN);
    static final MetricSpec COMPUTE_SLICES = gauge(
            "mig_compute_slices",
            "",
            STATE,
            "Compute slices that GPU instances take (used) or none takes (free)",
            NO_MIG + ", or the driver names no profiles");
    static final MetricSpec MEMORY_STRANDED = gauge(
            "mig_memory_slices_stranded",
            "",
            GPU,
            "Free memory slices that no legal set of further instances can cover",
            HIDDEN);
    static final MetricSpec COMPUTE_STRANDED = gauge(
            "mig_compute_slices_stranded",
            "",
            GPU,
            "Free compute slices that no legal set of further instances can cover",
            HIDDEN);
    static final MetricSpec PLACEABLE = gauge(
            "mig_profile_placeable",
            "",
            PROFILE,
            "Further instances of this profile that fit now; not to be added across profiles",
            HIDDEN);
    static final MetricSpec IDEAL = gauge(
            "mig_profile_ideal",
            "",
            PROFILE,
            "Further instances of this profile that would fit if the existing instances were rearranged; not to be added"
                    + " across profiles",
            HIDDEN);
    static final MetricSpec EXISTING = gauge(
            "mig_profile_existing",
            "",
            PROFILE,
            "Instances of this profile; where placements are hidden, those that a MIG device shows",
            NO_MIG);
    static final MetricSpec RATIO = gauge(
            "mig_fragmentation_ratio",
            "ratio",
            PROFILE,
            "1 - placeable / ideal: the share of instances lost to bad placement; 0 where none could fit",
            HIDDEN);
    static final MetricSpec EXTERNAL = gauge(
            "mig_external_fragmentation_ratio",
            "ratio",
            GPU,
            "1 - widest placeable profile / widest ideal one, in memory slices",
            HIDDEN);
    static final MetricSpec EVICTIONS = gauge(
            "mig_evictions_required",
            "",
            PROFILE,
            "The fewest MIG instances that must be destroyed so that one of this profile fits, the others staying where they are",
            HIDDEN);
    static final MetricSpec EXPECTED_UNUSABLE = gauge(
            "mig_expected_unusable_slices",
            "",
            GPU,
            "Free memory slices that the next request cannot use, expected over lastcall.gpu.profile-weights",
            HIDDEN + ", or the weights name no profile of this GPU");
    static final MetricSpec IF_IDLE_RELEASED = gauge(
            "mig_profile_placeable_if_idle_released",
            "",
            PROFILE,
            "Further instances that would fit if those that no container holds were destroyed",
            HIDDEN + UNKNOWN);
    static final MetricSpec WASTE = gauge(
            "mig_internal_waste_bytes",
            "bytes",
            MIG,
            "Memory of an allocated MIG device that its container does not use",
            NO_MIG + ", no container holds it" + UNKNOWN);
    static final MetricSpec WHOLE_FREE = gauge(
            "gpu_whole_free",
            "",
            GPU,
            "1 if the GPU has no MIG instance and no container holds it",
            "the GPU is stale" + UNKNOWN);
    static final MetricSpec CAPACITY_MISMATCHES = gauge(
            "mig_driver_capacity_mismatches",
            "",
            GPU,
            "Profiles for which the driver's remaining capacity differs from placeable; if it stays above 0 for longer"
                    + " than a reconfiguration takes, please report it: it is a bug",
            HIDDEN);

    static final List<MetricSpec> ALL = List.of(
            MEMORY_SLICES,
            COMPUTE_SLICES,
            MEMORY_STRANDED,
            COMPUTE_STRANDED,
            PLACEABLE,
            IDEAL,
            EXISTING,
            RATIO,
            EXTERNAL,
            EVICTIONS,
            EXPECTED_UNUSABLE,
            IF_IDLE_RELEASED,
            WASTE,
            WHOLE_FREE,
            CAPACITY_MISMATCHES);

    private FragmentationMetrics() {}
}
