/* Shared by the parts of the simulator: the scenario as read, and what every exported call does before and after its own work. */
#ifndef SIM_H
#define SIM_H

#define NVML_NO_UNVERSIONED_FUNC_DEFS /* export the versioned names and the old ones, each with its own type */
#include <nvml.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geometry.h"

#define MAX_GPUS 32
#define MAX_INSTANCES 16
#define MAX_COMPUTE 8
#define MAX_PROCESSES 32
#define MAX_FIELDS 32
#define MAX_RULES 32
#define MAX_EVENTS 64
#define NONE 0xFFFFFFFFu

struct error_rule {
    const char *function; /* points into the table of exported names */
    nvmlReturn_t code;
};

/* Errors and hangs, of one GPU or of all calls. */
struct rules {
    struct error_rule errors[MAX_RULES];
    unsigned error_count;
    const char *hang[MAX_RULES];
    unsigned hang_count;
};

struct compute_instance {
    unsigned id, slices, start;
    unsigned index; /* of its MIG device under the GPU */
    char uuid[80];
};

struct instance {
    const struct profile *profile;
    unsigned start, gi;
    unsigned used_mib;
    unsigned utilization, memory_utilization; /* percent, what GPM would say */
    struct compute_instance compute[MAX_COMPUTE];
    unsigned compute_count;
};

struct process {
    unsigned pid, used_mib, gi, ci;
};

struct field {
    unsigned id;
    uint64_t value;
    nvmlReturn_t code;
};

struct gpu {
    const struct geometry *geometry;
    char uuid[80], name[96], serial[30], pci[32];
    unsigned domain, bus, device, minor;
    bool mig, mig_pending, lost;
    unsigned utilization, memory_utilization, encoder, decoder;
    unsigned used_mib, reserved_mib;
    unsigned power_mw, power_limit_mw, temperature_c;
    uint64_t energy_mj, clock_reasons, pcie_tx, pcie_rx, nvlink_tx_kib, nvlink_rx_kib;
    unsigned clocks[4], max_clocks[4]; /* MHz: graphics, SM, memory, video */
    uint64_t ecc[2][2];                /* [corrected, uncorrected][volatile, aggregate] */
    unsigned remapped[4];              /* correctable, uncorrectable, pending, failure */
    unsigned pcie_generation, pcie_width, pcie_replays, nvlinks_down, performance_state;
    unsigned thresholds[4]; /* Celsius: shutdown, slowdown, memory, GPU */
    bool persistence;
    unsigned ecc_mode, ecc_pending;
    const struct profile *unlisted[MAX_RULES]; /* known by their id alone, as to a reader that is older than the driver */
    unsigned unlisted_count;
    struct field fields[MAX_FIELDS];
    unsigned field_count;
    struct process processes[MAX_PROCESSES];
    unsigned process_count;
    struct instance instances[MAX_INSTANCES];
    unsigned instance_count;
    struct rules rules;
};

struct event {
    unsigned after_ms, gpu;
    unsigned long long type, data;
    unsigned gi, ci;
};

struct scenario {
    unsigned references;
    unsigned generation;
    int64_t loaded_ns;
    char driver[80];
    bool privileged;
    struct rules rules;
    const char *absent[MAX_RULES];
    unsigned absent_count;
    struct gpu gpus[MAX_GPUS];
    unsigned gpu_count;
    struct event events[MAX_EVENTS];
    unsigned event_count;
};

/* scenario.c: NULL and one line in `error` when the text is not a scenario. */
struct scenario *scenario_parse(const char *text, char *error, size_t size);

/* exports.c: the table's own pointer for a name that is exported, else NULL. */
const char *exported_name(const char *name);
/* core.c: whether the current scenario leaves this symbol out. */
bool symbol_absent(const char *name);

/* One call in progress. `gpu` is NULL for calls without a device; `instance` and `compute` are set for MIG devices. */
struct call {
    const char *function;
    struct scenario *scenario;
    struct gpu *gpu;
    int gpu_index;
    struct instance *instance;
    struct compute_instance *compute;
    nvmlReturn_t result;
};

/* Starts a call: false = it ends at once with call.result (uninitialised, injected error, lost GPU, dead handle). */
bool enter_system(struct call *call, const char *function);
bool enter_device(struct call *call, const char *function, nvmlDevice_t device);
bool enter_gi(struct call *call, const char *function, nvmlGpuInstance_t gi);
bool enter_ci(struct call *call, const char *function, nvmlComputeInstance_t ci);
nvmlReturn_t leave(struct call *call);

nvmlReturn_t session_open(const char *function);
nvmlReturn_t session_close(void);
int session_generation(void); /* changes with every first init; 0 while closed */
int64_t now_ns(void);
struct scenario *scenario_acquire(void); /* NULL when none is loaded */
void scenario_folder(char *out, size_t size); /* where the scenario stands, to watch it */
void scenario_release(struct scenario *scenario);

/* Handles are stable for (gpu, gi, ci): after a reconfiguration an old handle may come to mean a new instance, as with NVML. */
nvmlDevice_t device_handle(int gpu, unsigned gi, unsigned ci);
nvmlGpuInstance_t gi_handle(int gpu, unsigned gi);
nvmlComputeInstance_t ci_handle(int gpu, unsigned gi, unsigned ci);

nvmlReturn_t put_string(char *out, unsigned length, const char *text);

/* The exported functions live in impl_<name>; __func__ without that prefix is the public name. */
#define PUBLIC_NAME (__func__ + 5)
#define SYSTEM_CALL()                          \
    struct call c;                             \
    if (!enter_system(&c, PUBLIC_NAME)) {      \
        return leave(&c);                      \
    }
#define DEVICE_CALL(device)                    \
    struct call c;                             \
    if (!enter_device(&c, PUBLIC_NAME, device)) { \
        return leave(&c);                      \
    }
#define DONE(code)                             \
    do {                                       \
        c.result = (code);                     \
        return leave(&c);                      \
    } while (0)
#define REQUIRE(condition, code)               \
    if (!(condition)) {                        \
        DONE(code);                            \
    }

#endif
