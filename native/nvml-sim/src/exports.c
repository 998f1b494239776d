/*
 * The exported symbols. Each is an indirect function (STT_GNU_IFUNC), whose resolver runs when somebody looks the name up: a name
 * listed under "absent" in the scenario makes that look-up fail, as for a driver that is too old to have it. A resolver that
 * returns NULL would do for C, but leaves dlerror() empty, on which Python's ctypes crashes and Go goes on: so the failure is
 * signalled the way the loader itself does it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "sim.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef void signal_error(int code, const char *object, const char *occasion, const char *text);
static signal_error *loader_error;

/* The loader's own function (glibc, private version). Where it is missing an absent symbol is a NULL without a message. */
__attribute__((constructor)) static void find_loader_error(void) {
    *(void **)&loader_error = dlvsym(RTLD_DEFAULT, "_dl_signal_error", "GLIBC_PRIVATE");
}

static void *missing(const char *name) {
    if (loader_error) {
        loader_error(0, name, NULL, "undefined symbol (left out by the scenario)");
    }
    return NULL;
}

#define X(fn)                                                                                          \
    extern __typeof__(fn) impl_##fn;                                                                   \
    static __typeof__(fn) *resolve_##fn(void) { return symbol_absent(#fn) ? missing(#fn) : impl_##fn; } \
    __attribute__((visibility("default"), ifunc("resolve_" #fn))) __typeof__(fn) fn;
#include "exports.def"
#undef X

#define X(fn) #fn,
static const char *const names[] = {
#include "exports.def"
};
#undef X

const char *exported_name(const char *name) {
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return names[i];
        }
    }
    return NULL;
}
