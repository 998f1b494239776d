/* Event sets. An event is delivered once to each set that registered for it before it was due. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "sim.h"

#define MAX_SETS 16
#define SUPPORTED                                                                                                  \
    (nvmlEventTypeSingleBitEccError | nvmlEventTypeDoubleBitEccError | nvmlEventTypePState | nvmlEventTypeClock |  \
     nvmlEventTypeXidCriticalError | nvmlEventMigConfigChange | nvmlEventTypeGpuUnavailableError |                 \
     nvmlEventTypeGpuRecoveryAction)

struct nvmlEventSet_st {
    int session; /* 0 = free */
    unsigned generation;
    bool delivered[MAX_EVENTS];
    unsigned long long types[MAX_GPUS];
    int64_t since[MAX_GPUS];
    int changes; /* inotify's, of the scenario's folder; negative = none */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct nvmlEventSet_st sets[MAX_SETS];

static struct nvmlEventSet_st *valid(nvmlEventSet_t set) {
    bool inside = set >= sets && set < sets + MAX_SETS;
    return inside && set->session && set->session == session_generation() ? set : NULL;
}

static int watch_scenario(void) {
    char folder[4096];
    scenario_folder(folder, sizeof folder);
    int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (changes >= 0 && inotify_add_watch(changes, folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
        close(changes);
        changes = -1;
    }
    return changes;
}

static void give_up(struct nvmlEventSet_st *s) {
    if (s->session && s->changes >= 0) {
        close(s->changes);
    }
    s->session = 0;
}

nvmlReturn_t impl_nvmlEventSetCreate(nvmlEventSet_t *out) {
    SYSTEM_CALL();
    REQUIRE(out, NVML_ERROR_INVALID_ARGUMENT);
    int session = session_generation();
    nvmlReturn_t r = NVML_ERROR_MEMORY;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_SETS && r != NVML_SUCCESS; i++) {
        if (sets[i].session != session) {
            give_up(&sets[i]);
            sets[i] = (struct nvmlEventSet_st){.session = session, .changes = watch_scenario()};
            *out = &sets[i];
            r = NVML_SUCCESS;
        }
    }
    pthread_mutex_unlock(&lock);
    DONE(r);
}

nvmlReturn_t impl_nvmlEventSetFree(nvmlEventSet_t set) {
    SYSTEM_CALL();
    struct nvmlEventSet_st *s = valid(set);
    REQUIRE(s, NVML_ERROR_INVALID_ARGUMENT);
    give_up(s);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceGetSupportedEventTypes(nvmlDevice_t device, unsigned long long *types) {
    DEVICE_CALL(device);
    REQUIRE(types && !c.instance, NVML_ERROR_INVALID_ARGUMENT);
    *types = SUPPORTED & ~(c.gpu->geometry->compute_slices ? 0 : nvmlEventMigConfigChange);
    DONE(NVML_SUCCESS);
}

nvmlReturn_t impl_nvmlDeviceRegisterEvents(nvmlDevice_t device, unsigned long long types, nvmlEventSet_t set) {
    DEVICE_CALL(device);
    struct nvmlEventSet_st *s = valid(set);
    REQUIRE(s && types && !c.instance, NVML_ERROR_INVALID_ARGUMENT);
    REQUIRE(!(types & ~SUPPORTED), NVML_ERROR_NOT_SUPPORTED);
    pthread_mutex_lock(&lock);
    s->types[c.gpu_index] |= types;
    s->since[c.gpu_index] = now_ns();
    pthread_mutex_unlock(&lock);
    DONE(NVML_SUCCESS);
}

/* With the lock held: the next due event of this set. */
static bool due(struct nvmlEventSet_st *set, const struct scenario *s, nvmlEventData_t *data) {
    if (set->generation != s->generation) {
        set->generation = s->generation;
        memset(set->delivered, 0, sizeof set->delivered);
    }
    for (unsigned i = 0; i < s->event_count; i++) {
        const struct event *e = &s->events[i];
        int64_t at = s->loaded_ns + e->after_ms * 1000000ll;
        if (!set->delivered[i] && (set->types[e->gpu] & e->type) && at >= set->since[e->gpu] && at <= now_ns()) {
            set->delivered[i] = true;
            *data = (nvmlEventData_t){device_handle((int)e->gpu, NONE, NONE), e->type, e->data, e->gi, e->ci};
            return true;
        }
    }
    return false;
}

/* With the lock held: when the next event of this set is due, at the latest `until`. */
static int64_t next_due(const struct nvmlEventSet_st *set, const struct scenario *s, int64_t until) {
    for (unsigned i = 0; i < s->event_count; i++) {
        const struct event *e = &s->events[i];
        int64_t at = s->loaded_ns + e->after_ms * 1000000ll;
        if (!set->delivered[i] && (set->types[e->gpu] & e->type) && at >= set->since[e->gpu] && at < until) {
            until = at;
        }
    }
    return until;
}

/* Asleep as in a real driver, so that the agent's process takes no CPU time that is not its own: until then, or until the
 * scenario may have changed. It looks again at least once a second, because a watch misses a folder that is made anew or a file
 * behind a link, and every 50 ms where it has no watch. */
static void sleep_until(int64_t then, int changes) {
    int64_t left = (then - now_ns() + 999999) / 1000000;
    int64_t longest = changes < 0 ? 50 : 1000;
    int ms = (int)(left < 0 ? 0 : left < longest ? left : longest);
    struct pollfd folder = {.fd = changes, .events = POLLIN};
    if (poll(&folder, 1, ms) > 0) {
        char names[4096];
        (void)!read(changes, names, sizeof names);
    }
}

static nvmlReturn_t wait_for(struct call *c, nvmlEventSet_t set, nvmlEventData_t *data, unsigned timeout_ms) {
    int64_t until = now_ns() + timeout_ms * 1000000ll;
    for (;;) {
        struct nvmlEventSet_st *s = valid(set);
        if (!s) {
            return session_generation() ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_UNINITIALIZED;
        }
        pthread_mutex_lock(&lock);
        bool found = due(s, c->scenario, data);
        int64_t then = next_due(s, c->scenario, until);
        pthread_mutex_unlock(&lock);
        if (found) {
            return NVML_SUCCESS;
        }
        if (now_ns() >= until) {
            return NVML_ERROR_TIMEOUT;
        }
        scenario_release(c->scenario);
        sleep_until(then, s->changes);
        c->scenario = scenario_acquire();
    }
}

nvmlReturn_t impl_nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t *data, unsigned timeout_ms) {
    SYSTEM_CALL();
    REQUIRE(data, NVML_ERROR_INVALID_ARGUMENT);
    DONE(wait_for(&c, set, data, timeout_ms));
}

/* The old call leaves the instance ids alone. */
nvmlReturn_t impl_nvmlEventSetWait(nvmlEventSet_t set, nvmlEventData_t *data, unsigned timeout_ms) {
    SYSTEM_CALL();
    REQUIRE(data, NVML_ERROR_INVALID_ARGUMENT);
    DONE(wait_for(&c, set, data, timeout_ms));
}
