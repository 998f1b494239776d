/*
 * MIG devices, GPU instances, compute instances, profiles, placements. A little over 300 lines: they are one hierarchy
 * and share the checks below.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define PHYSICAL(device, out)                          \
    DEVICE_CALL(device);                               \
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT);         \
    REQUIRE(!c.instance, NVML_ERROR_INVALID_ARGUMENT)
#define PRIVILEGED() REQUIRE(c.scenario->privileged, NVML_ERROR_NO_PERMISSION)
#define MIG_CAPABLE() REQUIRE(c.gpu->geometry->compute_slices, NVML_ERROR_NOT_SUPPORTED)
#define MIG_ON() REQUIRE(c.gpu->mig, NVML_ERROR_NOT_SUPPORTED)

nvmlReturn_t impl_nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned *current, unsigned *pending) {
    PHYSICAL(device, current &&pending);
    MIG_CAPABLE();
    *current = c.gpu->mig;
    *pending = c.gpu->mig_pending;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned *count) {
    PHYSICAL(device, count);
    *count = c.gpu->mig ? c.gpu->geometry->compute_slices : 0;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned index, nvmlDevice_t *out) {
    PHYSICAL(device, out);
    MIG_ON();
    REQUIRE(index < c.gpu->geometry->compute_slices, NVML_ERROR_INVALID_ARGUMENT);
    for (unsigned i = 0; i < c.gpu->instance_count; i++) {
        for (unsigned k = 0; k < c.gpu->instances[i].compute_count; k++) {
            if (c.gpu->instances[i].compute[k].index == index) {
                *out = device_handle(c.gpu_index, c.gpu->instances[i].gi, c.gpu->instances[i].compute[k].id);
                DONE(NVML_SUCCESS);
            }
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

nvmlReturn_t impl_nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned *is) {
    DEVICE_CALL(device);
    REQUIRE(is, NVML_ERROR_INVALID_ARGUMENT);
    *is = c.compute != NULL;
    DONE(NVML_SUCCESS);
}

#define MIG_HANDLE(device, out)                    \
    DEVICE_CALL(device);                           \
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT);     \
    REQUIRE(c.compute, NVML_ERROR_NOT_SUPPORTED)

nvmlReturn_t impl_nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t mig, nvmlDevice_t *device) {
    MIG_HANDLE(mig, device);
    *device = device_handle(c.gpu_index, NONE, NONE);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceId(nvmlDevice_t mig, unsigned *id) {
    MIG_HANDLE(mig, id);
    *id = c.instance->gi;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetComputeInstanceId(nvmlDevice_t mig, unsigned *id) {
    MIG_HANDLE(mig, id);
    *id = c.compute->id;
    DONE(NVML_SUCCESS);
}

static unsigned sm_of(const struct profile *p, unsigned slices) { return p->sm * slices / p->compute; }

nvmlReturn_t impl_nvmlDeviceGetAttributes_v2(nvmlDevice_t mig, nvmlDeviceAttributes_t *out) {
    MIG_HANDLE(mig, out);
    const struct profile *p = c.instance->profile;
    *out = (nvmlDeviceAttributes_t){.multiprocessorCount = sm_of(p, c.compute->slices),
                                    .sharedCopyEngineCount = p->copy,
                                    .sharedDecoderCount = p->decode,
                                    .sharedJpegCount = p->jpeg,
                                    .sharedOfaCount = p->ofa,
                                    .gpuInstanceSliceCount = p->compute,
                                    .computeInstanceSliceCount = c.compute->slices,
                                    .memorySizeMB = p->memory_mib};
    DONE(NVML_SUCCESS);
}

static const struct profile *by_index(const struct gpu *gpu, unsigned index) {
    const struct geometry *g = gpu->geometry;
    for (unsigned i = 0; i < g->profile_count; i++) {
        const struct profile *found = g->profiles[i].index == index ? &g->profiles[i] : NULL;
        for (unsigned k = 0; found && k < gpu->unlisted_count; k++) {
            found = gpu->unlisted[k] == found ? NULL : found;
        }
        if (found) {
            return found;
        }
    }
    return NULL;
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceProfileInfo(nvmlDevice_t device, unsigned index, nvmlGpuInstanceProfileInfo_t *out) {
    PHYSICAL(device, out);
    MIG_ON();
    REQUIRE(index < NVML_GPU_INSTANCE_PROFILE_COUNT, NVML_ERROR_INVALID_ARGUMENT);
    const struct profile *p = by_index(c.gpu, index);
    REQUIRE(p, NVML_ERROR_NOT_SUPPORTED);
    *out = (nvmlGpuInstanceProfileInfo_t){.id = p->id, .sliceCount = p->compute, .instanceCount = p->max,
                                          .multiprocessorCount = p->sm, .copyEngineCount = p->copy, .decoderCount = p->decode,
                                          .jpegCount = p->jpeg, .ofaCount = p->ofa, .memorySizeMB = p->memory_mib};
    DONE(NVML_SUCCESS);
}

/* Both versions are 152 bytes and differ inside: the version word decides. */
static nvmlReturn_t profile_info(const struct profile *p, nvmlGpuInstanceProfileInfo_v2_t *out) {
    char name[NVML_DEVICE_NAME_V2_BUFFER_SIZE];
    snprintf(name, sizeof name, "MIG %s", p->name);
    if (out->version == nvmlGpuInstanceProfileInfo_v3) {
        nvmlGpuInstanceProfileInfo_v3_t v3 = {.version = out->version, .id = p->id, .sliceCount = p->compute,
                                              .instanceCount = p->max, .multiprocessorCount = p->sm,
                                              .copyEngineCount = p->copy, .decoderCount = p->decode,
                                              .jpegCount = p->jpeg, .ofaCount = p->ofa, .memorySizeMB = p->memory_mib,
                                              .capabilities = strstr(p->name, "+gfx") ? NVML_GPU_INSTANCE_PROFILE_CAPS_GFX : 0};
        memcpy(v3.name, name, sizeof name);
        memcpy(out, &v3, sizeof v3);
        return NVML_SUCCESS;
    }
    if (out->version != nvmlGpuInstanceProfileInfo_v2) {
        return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    *out = (nvmlGpuInstanceProfileInfo_v2_t){.version = out->version, .id = p->id, .sliceCount = p->compute,
                                             .instanceCount = p->max, .multiprocessorCount = p->sm, .copyEngineCount = p->copy,
                                             .decoderCount = p->decode, .jpegCount = p->jpeg, .ofaCount = p->ofa,
                                             .memorySizeMB = p->memory_mib};
    memcpy(out->name, name, sizeof name);
    return NVML_SUCCESS;
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned index, nvmlGpuInstanceProfileInfo_v2_t *out) {
    PHYSICAL(device, out);
    MIG_ON();
    REQUIRE(index < NVML_GPU_INSTANCE_PROFILE_COUNT, NVML_ERROR_INVALID_ARGUMENT);
    const struct profile *p = by_index(c.gpu, index);
    REQUIRE(p, NVML_ERROR_NOT_SUPPORTED);
    DONE(profile_info(p, out));
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceProfileInfoByIdV(nvmlDevice_t device, unsigned id, nvmlGpuInstanceProfileInfo_v2_t *out) {
    PHYSICAL(device, out);
    MIG_ON();
    const struct profile *p = profile_by_id(c.gpu->geometry, id);
    REQUIRE(p, NVML_ERROR_NOT_SUPPORTED);
    DONE(profile_info(p, out));
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstancePossiblePlacements_v2(nvmlDevice_t device, unsigned id,
                                                                nvmlGpuInstancePlacement_t *placements, unsigned *count) {
    PHYSICAL(device, count);
    PRIVILEGED();
    MIG_CAPABLE();
    const struct profile *p = profile_by_id(c.gpu->geometry, id);
    REQUIRE(p, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(!placements || *count >= p->start_count, NVML_ERROR_INSUFFICIENT_SIZE);
    *count = p->start_count;
    for (unsigned i = 0; placements && i < p->start_count; i++) {
        placements[i] = (nvmlGpuInstancePlacement_t){p->starts[i], p->width};
    }
    DONE(NVML_SUCCESS);
}

static unsigned most(const struct profile *p, unsigned from, unsigned occupied) {
    unsigned best = 0;
    for (unsigned i = from; i < p->start_count; i++) {
        unsigned mask = ((1u << p->width) - 1) << p->starts[i];
        if (!(occupied & mask)) {
            unsigned n = 1 + most(p, i + 1, occupied | mask);
            best = n > best ? n : best;
        }
    }
    return best;
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceRemainingCapacity(nvmlDevice_t device, unsigned id, unsigned *count) {
    PHYSICAL(device, count);
    PRIVILEGED();
    MIG_ON();
    const struct profile *p = profile_by_id(c.gpu->geometry, id);
    REQUIRE(p, NVML_ERROR_INVALID_ARGUMENT);
    unsigned occupied = 0, compute = c.gpu->geometry->compute_slices, same = 0;
    for (unsigned i = 0; i < c.gpu->instance_count; i++) {
        const struct instance *in = &c.gpu->instances[i];
        occupied |= ((1u << in->profile->width) - 1) << in->start;
        compute -= in->profile->compute;
        same += in->profile == p;
    }
    unsigned n = most(p, 0, occupied);
    n = n < compute / p->compute ? n : compute / p->compute;
    *count = n < p->max - same ? n : p->max - same;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstances(nvmlDevice_t device, unsigned id, nvmlGpuInstance_t *out, unsigned *count) {
    PHYSICAL(device, out &&count);
    PRIVILEGED();
    MIG_ON();
    *count = 0;
    for (unsigned i = 0; i < c.gpu->instance_count; i++) {
        if (c.gpu->instances[i].profile->id == id) {
            out[(*count)++] = gi_handle(c.gpu_index, c.gpu->instances[i].gi);
        }
    }
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetGpuInstanceById(nvmlDevice_t device, unsigned id, nvmlGpuInstance_t *out) {
    PHYSICAL(device, out);
    PRIVILEGED();
    MIG_ON();
    for (unsigned i = 0; i < c.gpu->instance_count; i++) {
        if (c.gpu->instances[i].gi == id) {
            *out = gi_handle(c.gpu_index, id);
            DONE(NVML_SUCCESS);
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

#define GI_CALL(gi, out)                             \
    struct call c;                                   \
    if (!enter_gi(&c, PUBLIC_NAME, gi)) {            \
        return leave(&c);                            \
    }                                                \
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT)

nvmlReturn_t impl_nvmlGpuInstanceGetInfo(nvmlGpuInstance_t gi, nvmlGpuInstanceInfo_t *out) {
    GI_CALL(gi, out);
    *out = (nvmlGpuInstanceInfo_t){device_handle(c.gpu_index, NONE, NONE), c.instance->gi, c.instance->profile->id,
                                   {c.instance->start, c.instance->profile->width}};
    DONE(NVML_SUCCESS);
}

/* Compute profiles by slice count; their ids within the GPU instance are these indices too. */
static const unsigned compute_slices[NVML_COMPUTE_INSTANCE_PROFILE_COUNT] = {1, 2, 3, 4, 7, 8, 6, 0, 0};

static unsigned compute_profile(unsigned slices) {
    unsigned i = 0;
    while (i < NVML_COMPUTE_INSTANCE_PROFILE_COUNT - 1 && compute_slices[i] != slices) {
        i++;
    }
    return i;
}

nvmlReturn_t impl_nvmlGpuInstanceGetComputeInstanceProfileInfo(nvmlGpuInstance_t gi, unsigned profile, unsigned engine,
                                                               nvmlComputeInstanceProfileInfo_t *out) {
    GI_CALL(gi, out &&engine == 0 && profile < NVML_COMPUTE_INSTANCE_PROFILE_COUNT);
    unsigned slices = compute_slices[profile];
    const struct profile *p = c.instance->profile;
    REQUIRE(slices && slices <= p->compute, NVML_ERROR_NOT_SUPPORTED);
    *out = (nvmlComputeInstanceProfileInfo_t){.id = profile, .sliceCount = slices, .instanceCount = p->compute / slices,
                                              .multiprocessorCount = sm_of(p, slices), .sharedCopyEngineCount = p->copy,
                                              .sharedDecoderCount = p->decode, .sharedJpegCount = p->jpeg,
                                              .sharedOfaCount = p->ofa};
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpuInstanceGetComputeInstanceProfileInfoV(nvmlGpuInstance_t gi, unsigned profile, unsigned engine,
                                                                nvmlComputeInstanceProfileInfo_v2_t *out) {
    GI_CALL(gi, out &&engine == 0 && profile < NVML_COMPUTE_INSTANCE_PROFILE_COUNT);
    unsigned slices = compute_slices[profile];
    const struct profile *p = c.instance->profile;
    REQUIRE(slices && slices <= p->compute, NVML_ERROR_NOT_SUPPORTED);
    bool v3 = out->version == nvmlComputeInstanceProfileInfo_v3;
    REQUIRE(v3 || out->version == nvmlComputeInstanceProfileInfo_v2, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    *out = (nvmlComputeInstanceProfileInfo_v2_t){.version = out->version, .id = profile, .sliceCount = slices,
                                                 .instanceCount = p->compute / slices, .multiprocessorCount = sm_of(p, slices),
                                                 .sharedCopyEngineCount = p->copy, .sharedDecoderCount = p->decode,
                                                 .sharedJpegCount = p->jpeg, .sharedOfaCount = p->ofa};
    if (slices == p->compute) {
        snprintf(out->name, sizeof out->name, "MIG %s", p->name);
    } else {
        snprintf(out->name, sizeof out->name, "MIG %uc.%s", slices, p->name);
    }
    if (v3) { /* the same fields, one more behind them */
        ((nvmlComputeInstanceProfileInfo_v3_t *)out)->capabilities = 0;
    }
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpuInstanceGetComputeInstances(nvmlGpuInstance_t gi, unsigned profile, nvmlComputeInstance_t *out,
                                                     unsigned *count) {
    GI_CALL(gi, out &&count);
    PRIVILEGED();
    *count = 0;
    for (unsigned i = 0; i < c.instance->compute_count; i++) {
        if (compute_profile(c.instance->compute[i].slices) == profile) {
            out[(*count)++] = ci_handle(c.gpu_index, c.instance->gi, c.instance->compute[i].id);
        }
    }
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlGpuInstanceGetComputeInstanceById(nvmlGpuInstance_t gi, unsigned id, nvmlComputeInstance_t *out) {
    GI_CALL(gi, out);
    PRIVILEGED();
    for (unsigned i = 0; i < c.instance->compute_count; i++) {
        if (c.instance->compute[i].id == id) {
            *out = ci_handle(c.gpu_index, c.instance->gi, id);
            DONE(NVML_SUCCESS);
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

nvmlReturn_t impl_nvmlComputeInstanceGetInfo_v2(nvmlComputeInstance_t ci, nvmlComputeInstanceInfo_t *out) {
    struct call c;
    if (!enter_ci(&c, PUBLIC_NAME, ci)) {
        return leave(&c);
    }
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT);
    *out = (nvmlComputeInstanceInfo_t){device_handle(c.gpu_index, NONE, NONE), gi_handle(c.gpu_index, c.instance->gi),
                                       c.compute->id, compute_profile(c.compute->slices),
                                       {c.compute->start, c.compute->slices}};
    DONE(NVML_SUCCESS);
}
