/* Calls about the system and whole devices. Long, because NVML has many of them; each is a few lines by itself. */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define MIB (1024ull * 1024)

nvmlReturn_t impl_nvmlInit(void) { return session_open(PUBLIC_NAME); }
nvmlReturn_t impl_nvmlInit_v2(void) { return session_open(PUBLIC_NAME); }
nvmlReturn_t impl_nvmlInitWithFlags(unsigned flags) { return flags > 7 ? NVML_ERROR_INVALID_ARGUMENT : session_open(PUBLIC_NAME); }
nvmlReturn_t impl_nvmlShutdown(void) { return session_close(); }

const char *impl_nvmlErrorString(nvmlReturn_t code) {
    switch (code) {
    case NVML_SUCCESS: return "Success";
    case NVML_ERROR_UNINITIALIZED: return "Uninitialized";
    case NVML_ERROR_INVALID_ARGUMENT: return "Invalid Argument";
    case NVML_ERROR_NOT_SUPPORTED: return "Not Supported";
    case NVML_ERROR_NO_PERMISSION: return "Insufficient Permissions";
    case NVML_ERROR_NOT_FOUND: return "Not Found";
    case NVML_ERROR_INSUFFICIENT_SIZE: return "Insufficient Size";
    case NVML_ERROR_DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case NVML_ERROR_TIMEOUT: return "Timeout";
    case NVML_ERROR_GPU_IS_LOST: return "GPU is lost";
    case NVML_ERROR_LIB_RM_VERSION_MISMATCH: return "Driver/library version mismatch";
    default: return "Unknown Error";
    }
}

nvmlReturn_t impl_nvmlSystemGetDriverVersion(char *version, unsigned length) {
    SYSTEM_CALL();
    DONE(put_string(version, length, c.scenario->driver));
}

nvmlReturn_t impl_nvmlSystemGetNVMLVersion(char *version, unsigned length) {
    char text[96];
    SYSTEM_CALL();
    snprintf(text, sizeof text, "12.%s", c.scenario->driver);
    DONE(put_string(version, length, text));
}

nvmlReturn_t impl_nvmlSystemGetCudaDriverVersion(int *version) {
    SYSTEM_CALL();
    REQUIRE(version, NVML_ERROR_INVALID_ARGUMENT);
    *version = 12080;
    DONE(NVML_SUCCESS);
}

/* NVML asks libcuda here, which containers with the "utility" capability alone do not have. */
nvmlReturn_t impl_nvmlSystemGetCudaDriverVersion_v2(int *version) {
    SYSTEM_CALL();
    (void)version;
    DONE(NVML_ERROR_LIBRARY_NOT_FOUND);
}

nvmlReturn_t impl_nvmlDeviceGetCount_v2(unsigned *count) {
    SYSTEM_CALL();
    REQUIRE(count, NVML_ERROR_INVALID_ARGUMENT);
    *count = c.scenario->gpu_count; /* a lost GPU is still counted */
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *device) {
    SYSTEM_CALL();
    REQUIRE(device && index < c.scenario->gpu_count, NVML_ERROR_INVALID_ARGUMENT);
    c.gpu_index = (int)index;
    REQUIRE(!c.scenario->gpus[index].lost, NVML_ERROR_GPU_IS_LOST);
    *device = device_handle((int)index, NONE, NONE);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
    SYSTEM_CALL();
    REQUIRE(uuid && device, NVML_ERROR_INVALID_ARGUMENT);
    for (unsigned i = 0; i < c.scenario->gpu_count; i++) { /* the header: any lost GPU makes this fail for all */
        REQUIRE(!c.scenario->gpus[i].lost, NVML_ERROR_GPU_IS_LOST);
    }
    for (unsigned i = 0; i < c.scenario->gpu_count; i++) {
        struct gpu *g = &c.scenario->gpus[i];
        if (strcmp(g->uuid, uuid) == 0) {
            *device = device_handle((int)i, NONE, NONE);
            DONE(NVML_SUCCESS);
        }
        for (unsigned k = 0; k < g->instance_count; k++) {
            for (unsigned n = 0; n < g->instances[k].compute_count; n++) {
                if (strcmp(g->instances[k].compute[n].uuid, uuid) == 0) {
                    *device = device_handle((int)i, g->instances[k].gi, g->instances[k].compute[n].id);
                    DONE(NVML_SUCCESS);
                }
            }
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

nvmlReturn_t impl_nvmlDeviceGetHandleByPciBusId_v2(const char *bus, nvmlDevice_t *device) {
    SYSTEM_CALL();
    REQUIRE(bus && device, NVML_ERROR_INVALID_ARGUMENT);
    for (unsigned i = 0; i < c.scenario->gpu_count; i++) {
        if (strcmp(c.scenario->gpus[i].pci, bus) == 0) {
            *device = device_handle((int)i, NONE, NONE);
            DONE(NVML_SUCCESS);
        }
    }
    DONE(NVML_ERROR_NOT_FOUND);
}

nvmlReturn_t impl_nvmlDeviceGetIndex(nvmlDevice_t device, unsigned *index) {
    DEVICE_CALL(device);
    REQUIRE(index, NVML_ERROR_INVALID_ARGUMENT);
    *index = c.compute ? c.compute->index : (unsigned)c.gpu_index;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned length) {
    char text[192];
    DEVICE_CALL(device);
    const char *part = "";
    char slices[16] = "";
    if (c.compute) {
        part = c.instance->profile->name;
        if (c.compute->slices != c.instance->profile->compute) {
            snprintf(slices, sizeof slices, "%uc.", c.compute->slices);
        }
    }
    snprintf(text, sizeof text, "%s%s%s%s", c.gpu->name, c.compute ? " MIG " : "", slices, part);
    DONE(put_string(name, length, text));
}

nvmlReturn_t impl_nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned length) {
    DEVICE_CALL(device);
    DONE(put_string(uuid, length, c.compute ? c.compute->uuid : c.gpu->uuid));
}

/* A whole-device reading: MIG handles don't have it. */
#define WHOLE_DEVICE(device, out)                                 \
    DEVICE_CALL(device);                                          \
    REQUIRE(!c.instance, NVML_ERROR_NOT_SUPPORTED);               \
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT)
#define ONE_VALUE(fn, type, value)                                \
    nvmlReturn_t impl_##fn(nvmlDevice_t device, type *out) {      \
        WHOLE_DEVICE(device, out);                                \
        *out = (type)(value);                                     \
        DONE(NVML_SUCCESS);                                       \
    }
/* What NVML no longer reports for the whole device while it is partitioned. */
#define NOT_UNDER_MIG(condition) REQUIRE(!c.gpu->mig, NVML_ERROR_NOT_SUPPORTED)

ONE_VALUE(nvmlDeviceGetMinorNumber, unsigned, c.gpu->minor)
ONE_VALUE(nvmlDeviceGetArchitecture, nvmlDeviceArchitecture_t, c.gpu->geometry->arch)
ONE_VALUE(nvmlDeviceGetPowerUsage, unsigned, c.gpu->power_mw)
ONE_VALUE(nvmlDeviceGetEnforcedPowerLimit, unsigned, c.gpu->power_limit_mw)
ONE_VALUE(nvmlDeviceGetPowerManagementLimit, unsigned, c.gpu->power_limit_mw)
ONE_VALUE(nvmlDeviceGetTotalEnergyConsumption, unsigned long long, c.gpu->energy_mj)
ONE_VALUE(nvmlDeviceGetCurrentClocksEventReasons, unsigned long long, c.gpu->clock_reasons)
ONE_VALUE(nvmlDeviceGetCurrentClocksThrottleReasons, unsigned long long, c.gpu->clock_reasons)
ONE_VALUE(nvmlDeviceGetPerformanceState, nvmlPstates_t, c.gpu->performance_state)
ONE_VALUE(nvmlDeviceGetPersistenceMode, nvmlEnableState_t, c.gpu->persistence)
ONE_VALUE(nvmlDeviceGetBrand, nvmlBrandType_t, NVML_BRAND_NVIDIA)
ONE_VALUE(nvmlDeviceGetCurrPcieLinkGeneration, unsigned, c.gpu->pcie_generation)
ONE_VALUE(nvmlDeviceGetCurrPcieLinkWidth, unsigned, c.gpu->pcie_width)
ONE_VALUE(nvmlDeviceGetPcieReplayCounter, unsigned, c.gpu->pcie_replays)

nvmlReturn_t impl_nvmlDeviceGetSerial(nvmlDevice_t device, char *serial, unsigned length) {
    WHOLE_DEVICE(device, serial);
    DONE(put_string(serial, length, c.gpu->serial));
}

nvmlReturn_t impl_nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int *major, int *minor) {
    DEVICE_CALL(device);
    REQUIRE(major && minor, NVML_ERROR_INVALID_ARGUMENT);
    *major = c.gpu->geometry->cc_major;
    *minor = c.gpu->geometry->cc_minor;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t *pci) {
    WHOLE_DEVICE(device, pci);
    *pci = (nvmlPciInfo_t){.domain = c.gpu->domain, .bus = c.gpu->bus, .device = c.gpu->device,
                           .pciDeviceId = c.gpu->geometry->pci_device, .pciSubSystemId = 0x134F10DE};
    snprintf(pci->busId, sizeof pci->busId, "%s", c.gpu->pci);
    snprintf(pci->busIdLegacy, sizeof pci->busIdLegacy, "%04X:%02X:%02X.0", c.gpu->domain & 0xFFFF, c.gpu->bus & 0xFF,
             c.gpu->device & 0xFF);
    DONE(NVML_SUCCESS);
}

struct memory {
    unsigned long long total, reserved, used;
};

/* False = the parent of MIG instances, read without privilege. */
static bool memory_of(const struct call *c, struct memory *m) {
    if (c->instance) {
        *m = (struct memory){c->instance->profile->memory_mib * MIB, 0, c->instance->used_mib * MIB};
        return true;
    }
    unsigned used = c->gpu->used_mib;
    for (unsigned i = 0; i < c->gpu->instance_count; i++) {
        used += c->gpu->instances[i].used_mib;
    }
    *m = (struct memory){c->gpu->geometry->total_mib * MIB, c->gpu->reserved_mib * MIB, used * MIB};
    return !c->gpu->mig || c->scenario->privileged;
}

/* Version 1 counts the reserved part as used; version 2 reports it apart. */
nvmlReturn_t impl_nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
    struct memory m;
    DEVICE_CALL(device);
    REQUIRE(memory, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(memory_of(&c, &m), NVML_ERROR_NO_PERMISSION);
    *memory = (nvmlMemory_t){.total = m.total, .free = m.total - m.reserved - m.used, .used = m.used + m.reserved};
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
    struct memory m;
    DEVICE_CALL(device);
    REQUIRE(memory, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(memory->version == nvmlMemory_v2, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    REQUIRE(memory_of(&c, &m), NVML_ERROR_NO_PERMISSION);
    memory->total = m.total;
    memory->reserved = m.reserved;
    memory->free = m.total - m.reserved - m.used;
    memory->used = m.used;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization) {
    WHOLE_DEVICE(device, utilization);
    NOT_UNDER_MIG();
    *utilization = (nvmlUtilization_t){c.gpu->utilization, c.gpu->memory_utilization};
    DONE(NVML_SUCCESS);
}

#define CODER(fn, value)                                                            \
    nvmlReturn_t impl_##fn(nvmlDevice_t device, unsigned *out, unsigned *period) {  \
        WHOLE_DEVICE(device, out &&period);                                         \
        NOT_UNDER_MIG();                                                            \
        *out = value;                                                               \
        *period = 167000;                                                           \
        DONE(NVML_SUCCESS);                                                         \
    }
CODER(nvmlDeviceGetEncoderUtilization, c.gpu->encoder)
CODER(nvmlDeviceGetDecoderUtilization, c.gpu->decoder)

nvmlReturn_t impl_nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor, unsigned *out) {
    WHOLE_DEVICE(device, out);
    REQUIRE(sensor == NVML_TEMPERATURE_GPU, NVML_ERROR_INVALID_ARGUMENT);
    *out = c.gpu->temperature_c;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t *out) {
    WHOLE_DEVICE(device, out);
    REQUIRE(out->version == nvmlTemperature_v1, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    REQUIRE(out->sensorType == NVML_TEMPERATURE_GPU, NVML_ERROR_INVALID_ARGUMENT);
    out->temperature = (int)c.gpu->temperature_c;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetMarginTemperature(nvmlDevice_t device, nvmlMarginTemperature_t *out) {
    WHOLE_DEVICE(device, out);
    REQUIRE(out->version == nvmlMarginTemperature_v1, NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
    out->marginTemperature = (int)c.gpu->thresholds[1] - (int)c.gpu->temperature_c;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device, nvmlTemperatureThresholds_t type, unsigned *out) {
    WHOLE_DEVICE(device, out);
    /* the header: on Ada and later these come as fields on the T.Limit scale */
    REQUIRE(type < 4 && c.gpu->geometry->arch < NVML_DEVICE_ARCH_ADA, NVML_ERROR_NOT_SUPPORTED);
    *out = c.gpu->thresholds[type];
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned *out) {
    WHOLE_DEVICE(device, out &&type < 4);
    *out = c.gpu->clocks[type];
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned *out) {
    WHOLE_DEVICE(device, out &&type < 4);
    *out = c.gpu->max_clocks[type];
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t *mode, nvmlEnableState_t *pending) {
    WHOLE_DEVICE(device, mode &&pending);
    *mode = (nvmlEnableState_t)c.gpu->ecc_mode;
    *pending = (nvmlEnableState_t)c.gpu->ecc_pending;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t type, nvmlEccCounterType_t counter,
                                              unsigned long long *out) {
    WHOLE_DEVICE(device, out &&type < 2 && counter < 2);
    *out = c.gpu->ecc[type][counter];
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetRemappedRows(nvmlDevice_t device, unsigned *corrected, unsigned *uncorrected, unsigned *pending,
                                            unsigned *failure) {
    WHOLE_DEVICE(device, corrected &&uncorrected &&pending &&failure);
    REQUIRE(c.gpu->geometry->arch >= NVML_DEVICE_ARCH_AMPERE && !c.gpu->instance_count, NVML_ERROR_NOT_SUPPORTED);
    *corrected = c.gpu->remapped[0];
    *uncorrected = c.gpu->remapped[1];
    *pending = c.gpu->remapped[2];
    *failure = c.gpu->remapped[3];
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter, unsigned *out) {
    WHOLE_DEVICE(device, out);
    *out = counter == NVML_PCIE_UTIL_TX_BYTES ? 100 : 200;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned link, nvmlEnableState_t *active) {
    WHOLE_DEVICE(device, active);
    REQUIRE(c.gpu->geometry->nvlinks, NVML_ERROR_NOT_SUPPORTED);
    REQUIRE(link < c.gpu->geometry->nvlinks, NVML_ERROR_INVALID_ARGUMENT);
    *active = link < c.gpu->nvlinks_down ? NVML_FEATURE_DISABLED : NVML_FEATURE_ENABLED;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetNvLinkErrorCounter(nvmlDevice_t device, unsigned link, nvmlNvLinkErrorCounter_t counter,
                                                  unsigned long long *out) {
    WHOLE_DEVICE(device, out);
    (void)counter;
    REQUIRE(link < c.gpu->geometry->nvlinks, NVML_ERROR_NOT_SUPPORTED);
    *out = 0;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t device, unsigned link, nvmlPciInfo_t *pci) {
    WHOLE_DEVICE(device, pci);
    (void)link;
    DONE(NVML_ERROR_NOT_SUPPORTED);
}

nvmlReturn_t impl_nvmlDeviceGetTopologyCommonAncestor(nvmlDevice_t one, nvmlDevice_t two, nvmlGpuTopologyLevel_t *level) {
    WHOLE_DEVICE(one, two &&level);
    *level = NVML_TOPOLOGY_SYSTEM;
    DONE(NVML_SUCCESS);
}

/* Copies what fits; NULL or too small = the needed count and INSUFFICIENT_SIZE. */
nvmlReturn_t impl_nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_t *infos) {
    DEVICE_CALL(device);
    REQUIRE(count, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(c.instance || !c.gpu->mig || c.scenario->privileged, NVML_ERROR_NO_PERMISSION);
    unsigned n = 0, room = infos ? *count : 0;
    for (unsigned i = 0; i < c.gpu->process_count; i++) {
        const struct process *p = &c.gpu->processes[i];
        if (c.instance && p->gi != c.instance->gi) {
            continue;
        }
        if (n < room) {
            infos[n] = (nvmlProcessInfo_t){p->pid, p->used_mib * MIB, p->gi, p->ci};
        }
        n++;
    }
    *count = n;
    DONE(n > room ? NVML_ERROR_INSUFFICIENT_SIZE : NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_t *infos) {
    DEVICE_CALL(device);
    (void)infos;
    REQUIRE(count, NVML_ERROR_INVALID_ARGUMENT);
    *count = 0;
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *out, unsigned *count,
                                                  unsigned long long since) {
    WHOLE_DEVICE(device, count);
    NOT_UNDER_MIG();
    unsigned room = out ? *count : 0;
    *count = c.gpu->process_count;
    REQUIRE(room >= c.gpu->process_count, NVML_ERROR_INSUFFICIENT_SIZE);
    for (unsigned i = 0; i < c.gpu->process_count; i++) {
        out[i] = (nvmlProcessUtilizationSample_t){.pid = c.gpu->processes[i].pid, .timeStamp = since + 1,
                                                  .smUtil = c.gpu->utilization / c.gpu->process_count};
    }
    DONE(c.gpu->process_count ? NVML_SUCCESS : NVML_ERROR_NOT_FOUND);
}

static void field_value(const struct gpu *g, nvmlFieldValue_t *f) {
    struct {
        unsigned id;
        unsigned long long value;
        bool has;
    } known[] = {
        {NVML_FI_DEV_ECC_CURRENT, 1, true},
        {NVML_FI_DEV_MEMORY_TEMP, g->temperature_c + 4, g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION, g->energy_mj, true},
        {NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX, g->nvlink_tx_kib, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX, g->nvlink_rx_kib, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL, 0, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL, 0, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL, 0, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL, 0, g->geometry->nvlinks > 0},
        {NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT, (unsigned)-8, g->geometry->arch >= NVML_DEVICE_ARCH_ADA},
        {NVML_FI_DEV_TEMPERATURE_SLOWDOWN_TLIMIT, (unsigned)-2, g->geometry->arch >= NVML_DEVICE_ARCH_ADA},
        {NVML_FI_DEV_TEMPERATURE_MEM_MAX_TLIMIT, 0, g->geometry->arch >= NVML_DEVICE_ARCH_ADA},
        {NVML_FI_DEV_TEMPERATURE_GPU_MAX_TLIMIT, 0, g->geometry->arch >= NVML_DEVICE_ARCH_ADA},
        {NVML_FI_DEV_REMAPPED_COR, g->remapped[0], g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_REMAPPED_UNC, g->remapped[1], g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_REMAPPED_PENDING, g->remapped[2], g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_REMAPPED_FAILURE, g->remapped[3], g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_POWER_INSTANT, g->power_mw, true},
        {NVML_FI_DEV_PCIE_COUNT_TX_BYTES, g->pcie_tx, g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_PCIE_COUNT_RX_BYTES, g->pcie_rx, g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
        {NVML_FI_DEV_GET_GPU_RECOVERY_ACTION, 0, g->geometry->arch >= NVML_DEVICE_ARCH_AMPERE},
    };
    f->nvmlReturn = NVML_ERROR_NOT_SUPPORTED;
    f->valueType = NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
    f->value.ullVal = 0;
    f->timestamp = now_ns() / 1000;
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].id == f->fieldId && known[i].has) {
            f->nvmlReturn = NVML_SUCCESS;
            f->value.ullVal = known[i].value;
        }
    }
    for (unsigned i = 0; i < g->field_count; i++) {
        if (g->fields[i].id == f->fieldId) {
            f->nvmlReturn = g->fields[i].code;
            f->value.ullVal = g->fields[i].value;
        }
    }
    if (f->fieldId == NVML_FI_DEV_GET_GPU_RECOVERY_ACTION) { /* a 32-bit field, so that readers must look at valueType */
        f->valueType = NVML_VALUE_TYPE_UNSIGNED_INT;
        unsigned v = (unsigned)f->value.ullVal;
        memset(&f->value, 0xEE, sizeof f->value);
        f->value.uiVal = v;
    }
    if (f->fieldId >= NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT && f->fieldId <= NVML_FI_DEV_TEMPERATURE_GPU_MAX_TLIMIT) {
        f->valueType = NVML_VALUE_TYPE_SIGNED_INT;
        f->value.siVal = (int)(unsigned)f->value.ullVal;
    }
}

nvmlReturn_t impl_nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *values) {
    WHOLE_DEVICE(device, values &&count > 0);
    for (int i = 0; i < count; i++) {
        field_value(c.gpu, &values[i]);
    }
    DONE(NVML_SUCCESS);
}
