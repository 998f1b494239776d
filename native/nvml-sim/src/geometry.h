/* What each simulated product is: its MIG grid, profiles and the few constants NVML reports about it. */
#ifndef SIM_GEOMETRY_H
#define SIM_GEOMETRY_H

#define MAX_STARTS 7
#define MAX_PROFILES 12

struct profile {
    unsigned index; /* NVML_GPU_INSTANCE_PROFILE_*, what ...ProfileInfo takes */
    unsigned id;    /* the id within the device */
    const char *name;
    unsigned compute; /* slices */
    unsigned width;   /* memory slices */
    unsigned max;     /* instances of this profile on an empty GPU */
    unsigned sm;
    unsigned memory_mib;
    unsigned copy, decode, jpeg, ofa;
    unsigned starts[MAX_STARTS];
    unsigned start_count;
};

struct geometry {
    const char *key;
    const char *name;
    unsigned pci_device; /* device id << 16 | vendor id */
    unsigned total_mib;
    unsigned sm;
    unsigned arch; /* NVML_DEVICE_ARCH_* */
    int cc_major, cc_minor;
    unsigned power_limit_mw;
    unsigned nvlinks;
    int gpm;
    unsigned memory_slices, compute_slices; /* 0, 0: no MIG */
    unsigned profile_count;
    struct profile profiles[MAX_PROFILES];
};

const struct geometry *geometry_find(const char *key);
const struct profile *profile_find(const struct geometry *g, const char *name);
const struct profile *profile_by_id(const struct geometry *g, unsigned id);

#endif
