package dev.lastcall.gpu.nvml;

/**
 * Sizes and offsets of the structures we exchange with NVML, in bytes, Linux LP64. The one place for them: a test compiles
 * the same table against NVIDIA's nvml.h. Versioned structures carry {@code size | version << 24} in their first word.
 */
final class Layout {

    /** nvmlMemory_t. */
    static final int MEMORY = 24;

    static final int MEMORY_TOTAL = 0;
    static final int MEMORY_FREE = 8;
    static final int MEMORY_USED = 16;

    /** nvmlMemory_v2_t. */
    static final int MEMORY_V2 = 40;

    static final int MEMORY_V2_TOTAL = 8;
    static final int MEMORY_V2_RESERVED = 16;
    static final int MEMORY_V2_FREE = 24;
    static final int MEMORY_V2_USED = 32;

    /** nvmlUtilization_t. */
    static final int UTILIZATION = 8;

    static final int UTILIZATION_GPU = 0;
    static final int UTILIZATION_MEMORY = 4;

    /** nvmlPciInfo_t. */
    static final int PCI = 68;

    static final int PCI_BUS_ID = 36;

    /** nvmlTemperature_v1_t. */
    static final int TEMPERATURE = 12;

    static final int TEMPERATURE_SENSOR = 4;
    static final int TEMPERATURE_VALUE = 8;

    /** nvmlMarginTemperature_v1_t. */
    static final int MARGIN = 8;

    static final int MARGIN_VALUE = 4;

    /** nvmlProcessUtilizationSample_t. */
    static final int PROCESS_SAMPLE = 32;

    static final int PROCESS_SAMPLE_PID = 0;
    static final int PROCESS_SAMPLE_TIME = 8;
    static final int PROCESS_SAMPLE_SM = 16;

    /** nvmlFieldValue_t. */
    static final int FIELD = 40;

    static final int FIELD_ID = 0;
    static final int FIELD_SCOPE = 4;
    static final int FIELD_TYPE = 24;
    static final int FIELD_RETURN = 28;
    static final int FIELD_VALUE = 32;

    /** nvmlProcessInfo_t, for the calls of version 3. */
    static final int PROCESS = 24;

    /** nvmlDeviceAttributes_t. */
    static final int ATTRIBUTES = 40;

    static final int ATTRIBUTES_GI_SLICES = 24;
    static final int ATTRIBUTES_CI_SLICES = 28;
    static final int ATTRIBUTES_MEMORY_MIB = 32;

    /** nvmlGpuInstancePlacement_t. */
    static final int PLACEMENT = 8;

    static final int PLACEMENT_START = 0;
    static final int PLACEMENT_SIZE = 4;

    /** nvmlGpuInstanceProfileInfo_t, the unversioned one. */
    static final int PROFILE = 48;

    static final int PROFILE_ID = 0;
    static final int PROFILE_SLICES = 8;
    static final int PROFILE_INSTANCES = 12;
    static final int PROFILE_SM = 16;
    static final int PROFILE_MEMORY_MIB = 40;

    /** nvmlGpuInstanceProfileInfo_v2_t. */
    static final int PROFILE_V2 = 152;

    static final int PROFILE_V2_ID = 4;
    static final int PROFILE_V2_SLICES = 12;
    static final int PROFILE_V2_INSTANCES = 16;
    static final int PROFILE_V2_SM = 20;
    static final int PROFILE_V2_MEMORY_MIB = 48;
    static final int PROFILE_V2_NAME = 56;

    /** nvmlGpuInstanceProfileInfo_v3_t. */
    static final int PROFILE_V3 = 152;

    static final int PROFILE_V3_ID = 4;
    static final int PROFILE_V3_SLICES = 8;
    static final int PROFILE_V3_INSTANCES = 12;
    static final int PROFILE_V3_SM = 16;
    static final int PROFILE_V3_MEMORY_MIB = 40;
    static final int PROFILE_V3_NAME = 48;

    /** nvmlGpuInstanceInfo_t. */
    static final int GPU_INSTANCE = 24;

    static final int GPU_INSTANCE_ID = 8;
    static final int GPU_INSTANCE_PROFILE = 12;
    static final int GPU_INSTANCE_START = 16;
    static final int GPU_INSTANCE_SIZE = 20;

    /** nvmlEventData_t. */
    static final int EVENT = 32;

    static final int EVENT_DEVICE = 0;
    static final int EVENT_TYPE = 8;
    static final int EVENT_DATA = 16;

    /** nvmlGpmSupport_t. */
    static final int GPM_SUPPORT = 8;

    static final int GPM_SUPPORT_IS = 4;

    /** nvmlGpmMetricsGet_t up to its array, whose length grows with each release; and one element of it. */
    static final int GPM_GET_HEAD = 24;

    static final int GPM_GET_COUNT = 4;
    static final int GPM_GET_SAMPLE1 = 8;
    static final int GPM_GET_SAMPLE2 = 16;
    static final int GPM_METRIC = 40;
    static final int GPM_METRIC_RETURN = 4;
    static final int GPM_METRIC_VALUE = 8;

    private Layout() {}

    /** What the first word of a versioned structure holds. */
    static int version(int size, int version) {
        return size | version << 24;
    }
}
