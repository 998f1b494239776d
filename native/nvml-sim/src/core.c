/*
 * The session, the scenario in force, handles, and the start and end of every call. A little over 300 lines: the four share one
 * lock, and apart from each other the order in which it is taken could no longer be seen.
 *
 * Scenario: NVML_SIM_SCENARIO, else "scenario.json" beside the library (a test gives each copy of the library its own).
 * Log: NVML_SIM_LOG, else "calls.log" beside the library if that file exists.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

struct handle {
    char kind; /* 'd' device, 'g' GPU instance, 'c' compute instance */
    int gpu;
    unsigned gi, ci;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct scenario *current;
static struct stat seen;
static unsigned scenarios;
static int references, sessions;
static struct handle handles[8192];
static unsigned handle_count;
static int log_fd = -2;
static char folder[3072];

int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Once at load: dladdr takes the loader's lock, which dlsym holds while it waits for ours in symbol_absent. */
__attribute__((constructor)) static void find_own_folder(void) {
    Dl_info info;
    if (dladdr((void *)find_own_folder, &info) && info.dli_fname) {
        const char *slash = strrchr(info.dli_fname, '/');
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - info.dli_fname + 1) : 0, info.dli_fname);
    }
}

static void path_beside(char *out, size_t size, const char *name) { snprintf(out, size, "%s%s", folder, name); }

static void scenario_path(char *out, size_t size) {
    const char *set = getenv("NVML_SIM_SCENARIO");
    if (set && *set) {
        snprintf(out, size, "%s", set);
    } else {
        path_beside(out, size, "scenario.json");
    }
}

void scenario_folder(char *out, size_t size) {
    scenario_path(out, size);
    char *slash = strrchr(out, '/');
    snprintf(slash ? slash + 1 : out, 2, "%s", slash ? "" : ".");
}

static void log_line(const char *function, int gpu, nvmlReturn_t code) {
    if (log_fd == -2) {
        char path[4096];
        const char *set = getenv("NVML_SIM_LOG");
        path_beside(path, sizeof path, "calls.log");
        log_fd = set && *set ? open(set, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    }
    if (log_fd >= 0) {
        char line[160];
        int n = snprintf(line, sizeof line, "%lld %ld %s %d %u\n", (long long)now_ns(), syscall(SYS_gettid), function, gpu, code);
        if (write(log_fd, line, (size_t)n) < 0) {
            log_fd = -1;
        }
    }
}

static char *read_file(const char *path) {
    FILE *f = fopen(path, "re");
    if (!f) {
        return NULL;
    }
    size_t size = 1 << 20;
    char *text = malloc(size);
    text[fread(text, 1, size - 1, f)] = 0;
    fclose(f);
    return text;
}

static void drop(struct scenario *s) {
    if (s && --s->references == 0) {
        free(s);
    }
}

/* With the lock held. A file that cannot be read as a scenario leaves the old one in force and says why, once per change. */
static bool refresh(void) {
    char path[4096], error[512] = "cannot be read";
    struct stat st;
    scenario_path(path, sizeof path);
    if (stat(path, &st) != 0) {
        fprintf(stderr, "nvml-sim: no scenario: %s is missing (set NVML_SIM_SCENARIO)\n", path);
        return false;
    }
    if (current && st.st_ino == seen.st_ino && st.st_size == seen.st_size && st.st_mtim.tv_sec == seen.st_mtim.tv_sec &&
        st.st_mtim.tv_nsec == seen.st_mtim.tv_nsec) {
        return true;
    }
    seen = st;
    char *text = read_file(path);
    struct scenario *next = text ? scenario_parse(text, error, sizeof error) : NULL;
    free(text);
    if (!next) {
        fprintf(stderr, "nvml-sim: %s: %s\n", path, error);
        return false;
    }
    next->generation = ++scenarios;
    next->loaded_ns = now_ns();
    drop(current);
    current = next;
    return true;
}

struct scenario *scenario_acquire(void) {
    pthread_mutex_lock(&lock);
    if (references > 0) {
        refresh();
    }
    struct scenario *s = current;
    if (s) {
        s->references++;
    }
    pthread_mutex_unlock(&lock);
    return s;
}

void scenario_release(struct scenario *s) {
    pthread_mutex_lock(&lock);
    drop(s);
    pthread_mutex_unlock(&lock);
}

bool symbol_absent(const char *name) {
    pthread_mutex_lock(&lock);
    bool absent = false;
    if (current || refresh()) {
        for (unsigned i = 0; i < current->absent_count; i++) {
            absent |= strcmp(current->absent[i], name) == 0;
        }
    }
    pthread_mutex_unlock(&lock);
    return absent;
}

int session_generation(void) {
    pthread_mutex_lock(&lock);
    int g = references > 0 ? sessions : 0;
    pthread_mutex_unlock(&lock);
    return g;
}

static nvmlReturn_t injected(const struct rules *rules, const char *function) {
    for (unsigned i = 0; i < rules->error_count; i++) {
        if (strcmp(rules->errors[i].function, function) == 0) {
            return rules->errors[i].code;
        }
    }
    return NVML_SUCCESS;
}

static bool hangs(const struct scenario *s, int gpu, const char *function) {
    const struct rules *all[] = {&s->rules, gpu >= 0 && gpu < (int)s->gpu_count ? &s->gpus[gpu].rules : NULL};
    for (int k = 0; k < 2; k++) {
        for (unsigned i = 0; all[k] && i < all[k]->hang_count; i++) {
            if (strcmp(all[k]->hang[i], function) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A call that hangs does so until the scenario no longer names it. */
static void hang(struct call *c) {
    while (c->scenario && hangs(c->scenario, c->gpu_index, c->function)) {
        scenario_release(c->scenario);
        usleep(20000);
        c->scenario = scenario_acquire();
    }
}

static bool begin(struct call *c, const char *function, int gpu) {
    *c = (struct call){.function = function, .gpu_index = gpu, .scenario = scenario_acquire()};
    hang(c);
    if (!c->scenario || session_generation() == 0) {
        c->result = NVML_ERROR_UNINITIALIZED;
        return false;
    }
    c->result = injected(&c->scenario->rules, function);
    return c->result == NVML_SUCCESS;
}

bool enter_system(struct call *c, const char *function) { return begin(c, function, -1); }

static struct handle *valid(const void *pointer, char kind) {
    const struct handle *h = pointer;
    bool inside = h >= handles && h < handles + sizeof handles / sizeof *handles;
    return inside && h->kind == kind ? (struct handle *)pointer : NULL;
}

static bool enter(struct call *c, const char *function, const void *pointer, char kind) {
    struct handle *h = valid(pointer, kind);
    if (!begin(c, function, h ? h->gpu : -1)) {
        return false;
    }
    c->result = NVML_ERROR_INVALID_ARGUMENT;
    if (!h || h->gpu >= (int)c->scenario->gpu_count) {
        return false;
    }
    struct gpu *g = &c->scenario->gpus[h->gpu];
    nvmlReturn_t code = g->lost ? NVML_ERROR_GPU_IS_LOST : injected(&g->rules, function);
    if (code != NVML_SUCCESS) {
        c->result = code;
        return false;
    }
    c->gpu = g;
    for (unsigned i = 0; h->gi != NONE && i < g->instance_count; i++) {
        if (g->instances[i].gi == h->gi) {
            c->instance = &g->instances[i];
        }
    }
    for (unsigned i = 0; h->ci != NONE && c->instance && i < c->instance->compute_count; i++) {
        if (c->instance->compute[i].id == h->ci) {
            c->compute = &c->instance->compute[i];
        }
    }
    if ((h->gi != NONE && !c->instance) || (h->ci != NONE && !c->compute)) {
        return false;
    }
    c->result = NVML_SUCCESS;
    return true;
}

bool enter_device(struct call *c, const char *function, nvmlDevice_t device) { return enter(c, function, device, 'd'); }
bool enter_gi(struct call *c, const char *function, nvmlGpuInstance_t gi) { return enter(c, function, gi, 'g'); }
bool enter_ci(struct call *c, const char *function, nvmlComputeInstance_t ci) { return enter(c, function, ci, 'c'); }

nvmlReturn_t leave(struct call *c) {
    if (c->scenario) {
        scenario_release(c->scenario);
    }
    pthread_mutex_lock(&lock);
    log_line(c->function, c->gpu_index, c->result);
    pthread_mutex_unlock(&lock);
    return c->result;
}

nvmlReturn_t session_open(const char *function) {
    pthread_mutex_lock(&lock);
    bool readable = refresh();
    struct call c = {.function = function, .gpu_index = -1, .scenario = current, .result = NVML_ERROR_UNKNOWN};
    if (current) {
        current->references++;
    }
    pthread_mutex_unlock(&lock);
    if (readable) {
        while (hangs(c.scenario, -1, function)) {
            usleep(20000);
            pthread_mutex_lock(&lock);
            drop(c.scenario);
            refresh();
            c.scenario = current;
            c.scenario->references++;
            pthread_mutex_unlock(&lock);
        }
        c.result = injected(&c.scenario->rules, function);
    }
    if (c.result == NVML_SUCCESS) {
        pthread_mutex_lock(&lock);
        sessions += references++ == 0;
        pthread_mutex_unlock(&lock);
    }
    return leave(&c);
}

nvmlReturn_t session_close(void) {
    pthread_mutex_lock(&lock);
    nvmlReturn_t r = references > 0 ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
    references -= references > 0;
    log_line("nvmlShutdown", -1, r);
    pthread_mutex_unlock(&lock);
    return r;
}

static void *handle(char kind, int gpu, unsigned gi, unsigned ci) {
    struct handle *found = NULL;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < handle_count && !found; i++) {
        struct handle *h = &handles[i];
        if (h->kind == kind && h->gpu == gpu && h->gi == gi && h->ci == ci) {
            found = h;
        }
    }
    if (!found && handle_count < sizeof handles / sizeof *handles) {
        found = &handles[handle_count++];
        *found = (struct handle){kind, gpu, gi, ci};
    }
    pthread_mutex_unlock(&lock);
    return found;
}

nvmlDevice_t device_handle(int gpu, unsigned gi, unsigned ci) { return handle('d', gpu, gi, ci); }
nvmlGpuInstance_t gi_handle(int gpu, unsigned gi) { return handle('g', gpu, gi, NONE); }
nvmlComputeInstance_t ci_handle(int gpu, unsigned gi, unsigned ci) { return handle('c', gpu, gi, ci); }

nvmlReturn_t put_string(char *out, unsigned length, const char *text) {
    if (!out) {
        return NVML_ERROR_INVALID_ARGUMENT;
    }
    if (length <= strlen(text)) {
        return NVML_ERROR_INSUFFICIENT_SIZE;
    }
    memcpy(out, text, strlen(text) + 1);
    return NVML_SUCCESS;
}
