/*
 * Reads a scenario: every key is known or an error, so that a misspelt test fails at once instead of testing nothing. Long, because
 * it is one key after the other; there is nothing in it to take apart.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "sim.h"

struct reading {
    struct scenario *s;
    char *error;
    size_t size;
    bool failed;
};

__attribute__((format(printf, 2, 3))) static void fail(struct reading *r, const char *format, ...) {
    if (!r->failed) {
        va_list args;
        va_start(args, format);
        vsnprintf(r->error, r->size, format, args);
        va_end(args);
    }
    r->failed = true;
}

static bool is(const struct json *v, const char *key) { return v->key && strcmp(v->key, key) == 0; }

static bool typed(struct reading *r, const struct json *v, enum json_type type, const char *expected) {
    if (v->type != type) {
        fail(r, "\"%s\": %s was expected", v->key ? v->key : "an item", expected);
        return false;
    }
    return true;
}

static uint64_t number(struct reading *r, const struct json *v) {
    if (!typed(r, v, JSON_NUMBER, "a number")) {
        return 0;
    }
    char *end;
    errno = 0;
    uint64_t n = strtoull(v->text, &end, 10);
    if (errno || *end || *v->text == '-') {
        fail(r, "\"%s\": a whole number from 0 was expected, not %s", v->key ? v->key : "an item", v->text);
    }
    return n;
}

static unsigned small(struct reading *r, const struct json *v) {
    uint64_t n = number(r, v);
    if (n > 0xFFFFFFFEu) {
        fail(r, "\"%s\": %s is too large", v->key ? v->key : "an item", v->text);
    }
    return (unsigned)n;
}

static bool boolean(struct reading *r, const struct json *v) {
    if (v->type != JSON_TRUE && v->type != JSON_FALSE) {
        fail(r, "\"%s\": true or false was expected", v->key ? v->key : "an item");
    }
    return v->type == JSON_TRUE;
}

static void text(struct reading *r, const struct json *v, char *out, size_t size) {
    if (typed(r, v, JSON_STRING, "a string") && snprintf(out, size, "%s", v->text) >= (int)size) {
        fail(r, "\"%s\": longer than the %zu characters NVML has for it", v->key, size - 1);
    }
}

static void unknown(struct reading *r, const struct json *v, const char *where) {
    fail(r, "unknown key \"%s\" in %s", v->key ? v->key : "", where);
}

static bool room(struct reading *r, const struct json *v, unsigned count, unsigned max) {
    if (count >= max) {
        fail(r, "\"%s\": more than %u entries", v->key ? v->key : "an array", max);
    }
    return count < max;
}

static const char *function(struct reading *r, const char *name) {
    const char *known = exported_name(name);
    if (!known) {
        fail(r, "unknown function \"%s\"", name);
    }
    return known;
}

static void errors(struct reading *r, const struct json *v, struct rules *rules) {
    typed(r, v, JSON_OBJECT, "an object of function: code");
    for (const struct json *m = v->child; m && !r->failed && room(r, v, rules->error_count, MAX_RULES); m = m->next) {
        rules->errors[rules->error_count++] = (struct error_rule){function(r, m->key), (nvmlReturn_t)small(r, m)};
    }
}

static void names(struct reading *r, const struct json *v, const char **out, unsigned *count) {
    typed(r, v, JSON_ARRAY, "an array of function names");
    for (const struct json *m = v->child; m && !r->failed && room(r, v, *count, MAX_RULES); m = m->next) {
        if (typed(r, m, JSON_STRING, "a function name")) {
            out[(*count)++] = function(r, m->text);
        }
    }
}

/* "keys" names the numbers of a small object in order, e.g. {"gpu": 93, "memory": 40}. */
static void numbers(struct reading *r, const struct json *v, const char *const *keys, unsigned *const *out) {
    typed(r, v, JSON_OBJECT, "an object");
    for (const struct json *m = v->child; m && !r->failed; m = m->next) {
        unsigned i = 0;
        while (keys[i] && !is(m, keys[i])) {
            i++;
        }
        if (keys[i]) {
            *out[i] = small(r, m);
        } else {
            unknown(r, m, v->key);
        }
    }
}

#define KEYS(...) (const char *const[]){__VA_ARGS__, NULL}
#define INTO(...) (unsigned *const[]){__VA_ARGS__}

static void field(struct reading *r, const struct json *m, struct gpu *g, bool error) {
    char *end;
    unsigned long id = strtoul(m->key, &end, 10);
    if (*end || end == m->key) {
        fail(r, "\"%s\": a field id was expected", m->key);
    }
    uint64_t v = number(r, m);
    g->fields[g->field_count++] =
        (struct field){(unsigned)id, error ? 0 : v, error ? (nvmlReturn_t)v : NVML_SUCCESS};
}

static void ecc(struct reading *r, const struct json *v, struct gpu *g) {
    unsigned n[4] = {0};
    numbers(r, v, KEYS("correctedVolatile", "correctedAggregate", "uncorrectedVolatile", "uncorrectedAggregate"),
            INTO(&n[0], &n[1], &n[2], &n[3]));
    for (int i = 0; i < 4; i++) {
        g->ecc[i / 2][i % 2] = n[i];
    }
}

static void process(struct reading *r, const struct json *v, struct gpu *g) {
    struct process *p = &g->processes[g->process_count++];
    *p = (struct process){.gi = NONE, .ci = NONE};
    struct json named = *v;
    named.key = "processes";
    numbers(r, &named, KEYS("pid", "usedMiB", "gi", "ci"), INTO(&p->pid, &p->used_mib, &p->gi, &p->ci));
    if (p->gi != NONE && p->ci == NONE) {
        p->ci = 0;
    }
}

static void compute(struct reading *r, const struct json *v, struct instance *in) {
    struct compute_instance *ci = &in->compute[in->compute_count];
    *ci = (struct compute_instance){.id = in->compute_count, .slices = 1, .index = NONE};
    ci->start = in->compute_count ? ci[-1].start + ci[-1].slices : 0;
    in->compute_count++;
    for (const struct json *m = v->child; m && !r->failed; m = m->next) {
        if (is(m, "ci")) {
            ci->id = small(r, m);
        } else if (is(m, "slices")) {
            ci->slices = small(r, m);
        } else if (is(m, "start")) {
            ci->start = small(r, m);
        } else if (is(m, "index")) {
            ci->index = small(r, m);
        } else if (is(m, "uuid")) {
            text(r, m, ci->uuid, sizeof ci->uuid);
        } else {
            unknown(r, m, "compute");
        }
    }
}

static void instance(struct reading *r, const struct json *v, struct gpu *g) {
    struct instance *in = &g->instances[g->instance_count];
    struct compute_instance whole = {.index = NONE};
    bool split = false;
    *in = (struct instance){.gi = ++g->instance_count, .start = NONE};
    for (const struct json *m = v->child; m && !r->failed; m = m->next) {
        if (is(m, "profile")) {
            if (typed(r, m, JSON_STRING, "a profile name")) {
                in->profile = profile_find(g->geometry, m->text);
                if (!in->profile) {
                    fail(r, "unknown profile \"%s\" for geometry %s", m->text, g->geometry->key);
                }
            }
        } else if (is(m, "start")) {
            in->start = small(r, m);
        } else if (is(m, "gi")) {
            in->gi = small(r, m);
        } else if (is(m, "index")) {
            whole.index = small(r, m);
        } else if (is(m, "uuid")) {
            text(r, m, whole.uuid, sizeof whole.uuid);
        } else if (is(m, "usedMiB")) {
            in->used_mib = small(r, m);
        } else if (is(m, "utilization")) {
            numbers(r, m, KEYS("gpu", "memory"), INTO(&in->utilization, &in->memory_utilization));
        } else if (is(m, "compute")) {
            split = typed(r, m, JSON_ARRAY, "an array");
            for (const struct json *c = m->child; c && !r->failed && room(r, m, in->compute_count, MAX_COMPUTE); c = c->next) {
                compute(r, c, in);
            }
        } else {
            unknown(r, m, "instances");
        }
    }
    if (!r->failed && (!in->profile || in->start == NONE)) {
        fail(r, "an instance needs \"profile\" and \"start\"");
    }
    if (!r->failed && !split) {
        whole.slices = in->profile->compute;
        in->compute[in->compute_count++] = whole;
    }
}

static void unlisted(struct reading *r, const struct json *v, struct gpu *g) {
    typed(r, v, JSON_ARRAY, "an array of profile names");
    for (const struct json *m = v->child; m && !r->failed && room(r, v, g->unlisted_count, MAX_RULES); m = m->next) {
        const struct profile *p = typed(r, m, JSON_STRING, "a profile name") ? profile_find(g->geometry, m->text) : NULL;
        if (!p && !r->failed) {
            fail(r, "unknown profile \"%s\" for geometry %s", m->text, g->geometry->key);
        }
        g->unlisted[g->unlisted_count++] = p;
    }
}

/* Legal placements, no overlap, no more than the GPU has; then indices and UUIDs for those that were given none. */
static void settle(struct reading *r, struct gpu *g, unsigned number) {
    unsigned occupied = 0, slices = 0, next_index = 0;
    for (unsigned i = 0; i < g->instance_count && !r->failed; i++) {
        struct instance *in = &g->instances[i];
        const struct profile *p = in->profile;
        bool legal = false;
        unsigned same = 0, mask = ((1u << p->width) - 1) << in->start;
        for (unsigned k = 0; k < p->start_count; k++) {
            legal |= p->starts[k] == in->start;
        }
        for (unsigned k = 0; k < g->instance_count; k++) {
            same += g->instances[k].profile == p;
            if (k < i && g->instances[k].gi == in->gi) {
                fail(r, "gpus[%u]: two instances have the id gi %u", number, in->gi);
            }
        }
        slices += p->compute;
        if (!legal) {
            fail(r, "gpus[%u]: %s cannot start at slice %u", number, p->name, in->start);
        } else if (occupied & mask) {
            fail(r, "gpus[%u]: instance %s at slice %u overlaps another", number, p->name, in->start);
        } else if (same > p->max || slices > g->geometry->compute_slices) {
            fail(r, "gpus[%u]: more instances than the GPU has slices for (%s)", number, p->name);
        }
        occupied |= mask;
        for (unsigned k = 0; k < in->compute_count; k++) {
            struct compute_instance *ci = &in->compute[k];
            if (ci->index == NONE) {
                ci->index = next_index;
            }
            next_index = ci->index + 1;
            if (!*ci->uuid) {
                snprintf(ci->uuid, sizeof ci->uuid, "MIG-00000000-0000-4000-8%03x-00000000%02x%02x", number, in->gi & 0xff,
                         ci->id & 0xff);
            }
            if (ci->start + ci->slices > p->compute) {
                fail(r, "gpus[%u]: compute instance %u does not fit into %s", number, ci->id, p->name);
            }
        }
    }
    if (!r->failed && g->instance_count && !g->mig) {
        fail(r, "gpus[%u]: \"instances\" without \"mig\": true", number);
    }
}

static void gpu_defaults(struct gpu *g, unsigned number) {
    const struct geometry *geo = g->geometry;
    snprintf(g->name, sizeof g->name, "%s", geo->name);
    snprintf(g->uuid, sizeof g->uuid, "GPU-00000000-0000-4000-8000-%012x", number + 1);
    snprintf(g->serial, sizeof g->serial, "16500%08u", number);
    snprintf(g->pci, sizeof g->pci, "00000000:%02X:00.0", 0x17 + number);
    g->minor = number;
    g->reserved_mib = 512;
    g->power_mw = geo->power_limit_mw / 5;
    g->power_limit_mw = geo->power_limit_mw;
    g->temperature_c = 35;
    g->pcie_generation = geo->arch >= NVML_DEVICE_ARCH_HOPPER ? 5 : geo->arch >= NVML_DEVICE_ARCH_AMPERE ? 4 : 3;
    g->pcie_width = 16;
    g->persistence = true;
    g->ecc_mode = g->ecc_pending = 1;
    for (int i = 0; i < 4; i++) {
        g->thresholds[i] = (const unsigned[]){92, 89, 95, 85}[i];
    }
    for (int i = 0; i < 4; i++) {
        g->clocks[i] = (const unsigned[]){1200, 1200, 1500, 1100}[i];
        g->max_clocks[i] = (const unsigned[]){1410, 1410, 1593, 1290}[i];
    }
}

static void gpu(struct reading *r, const struct json *v, unsigned ordinal) {
    struct gpu *g = &r->s->gpus[ordinal];
    bool pending_given = false;
    for (const struct json *m = v->child; m; m = m->next) {
        if (is(m, "geometry") && typed(r, m, JSON_STRING, "a geometry")) {
            g->geometry = geometry_find(m->text);
            if (!g->geometry) {
                fail(r, "unknown geometry \"%s\" (a100-40, a100-80, h100-80, h200, a30, rtx-pro-6000, t4)", m->text);
            }
        }
    }
    if (!g->geometry) {
        fail(r, "gpus[%u] needs \"geometry\"", ordinal);
        return;
    }
    gpu_defaults(g, ordinal);
    for (const struct json *m = v->child; m && !r->failed; m = m->next) {
        if (is(m, "geometry")) {
        } else if (is(m, "uuid")) {
            text(r, m, g->uuid, sizeof g->uuid);
        } else if (is(m, "name")) {
            text(r, m, g->name, sizeof g->name);
        } else if (is(m, "serial")) {
            text(r, m, g->serial, sizeof g->serial);
        } else if (is(m, "pci")) {
            text(r, m, g->pci, sizeof g->pci);
        } else if (is(m, "minor")) {
            g->minor = small(r, m);
        } else if (is(m, "mig")) {
            g->mig = boolean(r, m);
        } else if (is(m, "migPending")) {
            pending_given = true;
            g->mig_pending = boolean(r, m);
        } else if (is(m, "lost")) {
            g->lost = boolean(r, m);
        } else if (is(m, "utilization")) {
            numbers(r, m, KEYS("gpu", "memory", "encoder", "decoder"),
                    INTO(&g->utilization, &g->memory_utilization, &g->encoder, &g->decoder));
        } else if (is(m, "memory")) {
            numbers(r, m, KEYS("usedMiB", "reservedMiB"), INTO(&g->used_mib, &g->reserved_mib));
        } else if (is(m, "powerMilliwatts")) {
            g->power_mw = small(r, m);
        } else if (is(m, "powerLimitMilliwatts")) {
            g->power_limit_mw = small(r, m);
        } else if (is(m, "energyMillijoules")) {
            g->energy_mj = number(r, m);
        } else if (is(m, "temperatureCelsius")) {
            g->temperature_c = small(r, m);
        } else if (is(m, "clocksMHz")) {
            numbers(r, m, KEYS("graphics", "sm", "memory", "video"),
                    INTO(&g->clocks[0], &g->clocks[1], &g->clocks[2], &g->clocks[3]));
        } else if (is(m, "clockEventReasons")) {
            g->clock_reasons = number(r, m);
        } else if (is(m, "pcieLink")) {
            numbers(r, m, KEYS("generation", "width", "replays"),
                    INTO(&g->pcie_generation, &g->pcie_width, &g->pcie_replays));
        } else if (is(m, "nvlinksDown")) {
            g->nvlinks_down = small(r, m);
        } else if (is(m, "performanceState")) {
            g->performance_state = small(r, m);
        } else if (is(m, "persistence")) {
            g->persistence = boolean(r, m);
        } else if (is(m, "eccMode")) {
            numbers(r, m, KEYS("current", "pending"), INTO(&g->ecc_mode, &g->ecc_pending));
        } else if (is(m, "thresholdsCelsius")) {
            numbers(r, m, KEYS("shutdown", "slowdown", "memoryMax", "gpuMax"),
                    INTO(&g->thresholds[0], &g->thresholds[1], &g->thresholds[2], &g->thresholds[3]));
        } else if (is(m, "maxClocksMHz")) {
            numbers(r, m, KEYS("graphics", "sm", "memory", "video"),
                    INTO(&g->max_clocks[0], &g->max_clocks[1], &g->max_clocks[2], &g->max_clocks[3]));
        } else if (is(m, "unlistedProfiles")) {
            unlisted(r, m, g);
        } else if (is(m, "pcieTxBytes")) {
            g->pcie_tx = number(r, m);
        } else if (is(m, "pcieRxBytes")) {
            g->pcie_rx = number(r, m);
        } else if (is(m, "nvlinkTxKiB")) {
            g->nvlink_tx_kib = number(r, m);
        } else if (is(m, "nvlinkRxKiB")) {
            g->nvlink_rx_kib = number(r, m);
        } else if (is(m, "ecc")) {
            ecc(r, m, g);
        } else if (is(m, "remappedRows")) {
            numbers(r, m, KEYS("correctable", "uncorrectable", "pending", "failure"),
                    INTO(&g->remapped[0], &g->remapped[1], &g->remapped[2], &g->remapped[3]));
        } else if (is(m, "fields") || is(m, "fieldErrors")) {
            typed(r, m, JSON_OBJECT, "an object of field id: ordinal");
            for (const struct json *f = m->child; f && !r->failed && room(r, m, g->field_count, MAX_FIELDS); f = f->next) {
                field(r, f, g, is(m, "fieldErrors"));
            }
        } else if (is(m, "processes")) {
            typed(r, m, JSON_ARRAY, "an array");
            for (const struct json *p = m->child; p && !r->failed && room(r, m, g->process_count, MAX_PROCESSES); p = p->next) {
                process(r, p, g);
            }
        } else if (is(m, "instances")) {
            typed(r, m, JSON_ARRAY, "an array");
            for (const struct json *i = m->child; i && !r->failed && room(r, m, g->instance_count, MAX_INSTANCES); i = i->next) {
                instance(r, i, g);
            }
        } else if (is(m, "errors")) {
            errors(r, m, &g->rules);
        } else if (is(m, "hang")) {
            names(r, m, g->rules.hang, &g->rules.hang_count);
        } else {
            unknown(r, m, "gpus");
        }
    }
    if (!pending_given) {
        g->mig_pending = g->mig;
    }
    if (!r->failed && (g->mig || g->mig_pending) && !g->geometry->compute_slices) {
        fail(r, "gpus[%u]: %s has no MIG", ordinal, g->geometry->key);
    }
    if (!r->failed && sscanf(g->pci, "%x:%x:%x.", &g->domain, &g->bus, &g->device) != 3) {
        fail(r, "\"pci\": domain:bus:device.function was expected, not %s", g->pci);
    }
    if (!r->failed) {
        settle(r, g, ordinal);
    }
}

static unsigned long long event_type(struct reading *r, const struct json *m) {
    static const struct {
        const char *name;
        unsigned long long type;
    } types[] = {{"single-bit-ecc", nvmlEventTypeSingleBitEccError},
                 {"double-bit-ecc", nvmlEventTypeDoubleBitEccError},
                 {"pstate", nvmlEventTypePState},
                 {"xid", nvmlEventTypeXidCriticalError},
                 {"clock", nvmlEventTypeClock},
                 {"mig-config", nvmlEventMigConfigChange},
                 {"gpu-unavailable", nvmlEventTypeGpuUnavailableError},
                 {"recovery-action", nvmlEventTypeGpuRecoveryAction}};
    if (typed(r, m, JSON_STRING, "an event type")) {
        for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
            if (strcmp(types[i].name, m->text) == 0) {
                return types[i].type;
            }
        }
        fail(r, "unknown event type \"%s\"", m->text);
    }
    return 0;
}

static void event(struct reading *r, const struct json *v) {
    struct event *e = &r->s->events[r->s->event_count++];
    *e = (struct event){.type = nvmlEventTypeXidCriticalError, .gi = NONE, .ci = NONE};
    for (const struct json *m = v->child; m && !r->failed; m = m->next) {
        if (is(m, "afterMs")) {
            e->after_ms = small(r, m);
        } else if (is(m, "gpu")) {
            e->gpu = small(r, m);
        } else if (is(m, "type")) {
            e->type = event_type(r, m);
        } else if (is(m, "data")) {
            e->data = number(r, m);
        } else if (is(m, "gi")) {
            e->gi = small(r, m);
        } else if (is(m, "ci")) {
            e->ci = small(r, m);
        } else {
            unknown(r, m, "events");
        }
    }
}

static void top(struct reading *r, const struct json *root) {
    struct scenario *s = r->s;
    typed(r, root, JSON_OBJECT, "one object");
    for (const struct json *m = root->child; m && !r->failed; m = m->next) {
        if (is(m, "driver")) {
            text(r, m, s->driver, sizeof s->driver);
        } else if (is(m, "privileged")) {
            s->privileged = boolean(r, m);
        } else if (is(m, "errors")) {
            errors(r, m, &s->rules);
        } else if (is(m, "hang")) {
            names(r, m, s->rules.hang, &s->rules.hang_count);
        } else if (is(m, "absent")) {
            names(r, m, s->absent, &s->absent_count);
        } else if (is(m, "gpus")) {
            typed(r, m, JSON_ARRAY, "an array");
            for (const struct json *g = m->child; g && !r->failed && room(r, m, s->gpu_count, MAX_GPUS); g = g->next) {
                gpu(r, g, s->gpu_count++);
            }
        } else if (is(m, "events")) {
            typed(r, m, JSON_ARRAY, "an array");
            for (const struct json *e = m->child; e && !r->failed && room(r, m, s->event_count, MAX_EVENTS); e = e->next) {
                event(r, e);
            }
        } else {
            unknown(r, m, "the scenario");
        }
    }
    for (unsigned i = 0; i < s->event_count && !r->failed; i++) {
        if (s->events[i].gpu >= s->gpu_count) {
            fail(r, "events[%u]: there is no gpu %u", i, s->events[i].gpu);
        }
    }
}

struct scenario *scenario_parse(const char *source, char *error, size_t size) {
    struct json *root = json_parse(source, error, size);
    if (!root) {
        return NULL;
    }
    struct scenario *s = calloc(1, sizeof *s);
    struct reading r = {.s = s, .error = error, .size = size};
    s->references = 1;
    s->privileged = true;
    snprintf(s->driver, sizeof s->driver, "570.133.20");
    top(&r, root);
    json_free(root);
    if (r.failed) {
        free(s);
        return NULL;
    }
    return s;
}
