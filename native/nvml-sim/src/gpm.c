/* GPM samples: two of one GPU (or one GPU instance) give a rate. Samples of two different instances that share an id give a wild
 * value, as counters would, so that a reader that does not notice the change is found out. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

struct nvmlGpmSample_st {
    int gpu;
    unsigned gi;
    char identity[80];
    int64_t taken_ns;
    unsigned utilization, memory_utilization;
};

nvmlReturn_t impl_nvmlGpmQueryDeviceSupport(nvmlDevice_t device, nvmlGpmSupport_t *out) {
    DEVICE_CALL(device);
    REQUIRE(out && !c.instance, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(out->version == NVML_GPM_SUPPORT_VERSION, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    out->isSupportedDevice = (unsigned)c.gpu->geometry->gpm;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpmSampleAlloc(nvmlGpmSample_t *out) {
    SYSTEM_CALL();
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT);
    *out = calloc(1, sizeof **out);
    DONE(*out ? NVML_SUCCESS : NVML_ERROR_MEMORY);
}

nvmlReturn_t impl_nvmlGpmSampleFree(nvmlGpmSample_t sample) {
    SYSTEM_CALL();
    REQUIRE(sample, NVML_ERROR_INVALID_ARGUMENT);
    free(sample);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpmSampleGet(nvmlDevice_t device, nvmlGpmSample_t sample) {
    DEVICE_CALL(device);
    REQUIRE(sample, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(c.gpu->geometry->gpm && !c.gpu->mig, NVML_ERROR_NOT_SUPPORTED);
    *sample = (struct nvmlGpmSample_st){.gpu = c.gpu_index, .gi = NONE, .taken_ns = now_ns(),
                                        .utilization = c.gpu->utilization, .memory_utilization = c.gpu->memory_utilization};
    memcpy(sample->identity, c.gpu->uuid, sizeof sample->identity);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpmMigSampleGet(nvmlDevice_t device, unsigned gi, nvmlGpmSample_t sample) {
    DEVICE_CALL(device);
    REQUIRE(sample, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(c.gpu->geometry->gpm && c.gpu->mig, NVML_ERROR_NOT_SUPPORTED);
    for (unsigned i = 0; i < c.gpu->instance_count; i++) {
        struct instance *in = &c.gpu->instances[i];
        if (in->gi == gi) {
            *sample = (struct nvmlGpmSample_st){.gpu = c.gpu_index, .gi = gi, .taken_ns = now_ns(),
                                                .utilization = in->utilization, .memory_utilization = in->memory_utilization};
            if (in->compute_count) {
                memcpy(sample->identity, in->compute[0].uuid, sizeof sample->identity);
            }
            DONE(NVML_SUCCESS);
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

nvmlReturn_t impl_nvmlGpmMetricsGet(nvmlGpmMetricsGet_t *get) {
    SYSTEM_CALL();
    REQUIRE(get && get->sample1 && get->sample2 && get->numMetrics <= NVML_GPM_METRIC_MAX, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(get->version == NVML_GPM_METRICS_GET_VERSION, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    const struct nvmlGpmSample_st *one = get->sample1, *two = get->sample2;
    REQUIRE(one->gpu == two->gpu && one->gi == two->gi && one->taken_ns && two->taken_ns, NVML_ERROR_INVALID_ARGUMENT);
    bool same = strcmp(one->identity, two->identity) == 0;
    for (unsigned i = 0; i < get->numMetrics; i++) {
        nvmlGpmMetric_t *m = &get->metrics[i];
        m->nvmlReturn = two->taken_ns - one->taken_ns >= 100000000 ? NVML_SUCCESS : NVML_ERROR_NO_DATA;
        switch (m->metricId) {
        case NVML_GPM_METRIC_GRAPHICS_UTIL:
        case NVML_GPM_METRIC_SM_UTIL: m->value = two->utilization; break;
        case NVML_GPM_METRIC_DRAM_BW_UTIL: m->value = two->memory_utilization; break;
        default: m->nvmlReturn = NVML_ERROR_NOT_SUPPORTED;
        }
        if (!same) {
            m->value = 1.8446744073709552e19;
        }
    }
    DONE(NVML_SUCCESS);
}
