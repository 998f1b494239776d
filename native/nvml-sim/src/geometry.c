/*
 * Grid, placements, profile ids and counts: NVIDIA MIG user guide (supported-mig-profiles, getting-started) and captures of
 * `nvidia-smi mig -lgip / -lgipp`; ids differ per product (14 is a 2g on A100, a 1g on A30). No capture of -lgipp was found for
 * H200: its placements are those of H100. Sizes in MiB are those the same pages print in GiB.
 */
#include "geometry.h"

#include <string.h>

#define SEVENTHS {0, 1, 2, 3, 4, 5, 6}, 7
#define PAIRS4 {0, 2, 4, 6}, 4
#define PAIRS3 {0, 2, 4}, 3
#define HALVES {0, 4}, 2
#define WHOLE {0}, 1

/* 8 memory, 7 compute slices: A100, H100, H200 differ only in names and sizes. */
#define EIGHT_BY_SEVEN(n1, nd, n2, n3, n4, n7, m1, m2, m3, m7, s1, sd, s2, s3, s4, s7)  \
    .memory_slices = 8, .compute_slices = 7, .profile_count = 7, .profiles = {          \
        {0x0, 19, n1, 1, 1, 7, s1, m1, 1, 0, 0, 0, SEVENTHS},                           \
        {0x7, 20, n1 "+me", 1, 1, 1, s1, m1, 1, 1, 1, 1, SEVENTHS},                     \
        {0x9, 15, nd, 1, 2, 4, sd, m2, 1, 1, 0, 0, PAIRS4},                             \
        {0x1, 14, n2, 2, 2, 3, s2, m2, 2, 1, 0, 0, PAIRS3},                             \
        {0x2, 9, n3, 3, 4, 2, s3, m3, 3, 2, 0, 0, HALVES},                              \
        {0x3, 5, n4, 4, 4, 1, s4, m3, 4, 2, 0, 0, WHOLE},                               \
        {0x4, 0, n7, 7, 8, 1, s7, m7, 7, 5, 1, 1, WHOLE}}

static const struct geometry geometries[] = {
    {.key = "a100-40", .name = "NVIDIA A100-SXM4-40GB", .pci_device = 0x20B010DE, .total_mib = 40960, .sm = 108, .arch = 7,
     .cc_major = 8, .power_limit_mw = 400000, .nvlinks = 12,
     EIGHT_BY_SEVEN("1g.5gb", "1g.10gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb", 4864, 9856, 19968, 40192,
                    14, 14, 28, 42, 56, 98)},
    {.key = "a100-80", .name = "NVIDIA A100-SXM4-80GB", .pci_device = 0x20B210DE, .total_mib = 81920, .sm = 108, .arch = 7,
     .cc_major = 8, .power_limit_mw = 400000, .nvlinks = 12,
     EIGHT_BY_SEVEN("1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb", 9856, 19968, 40192, 80384,
                    14, 14, 28, 42, 56, 98)},
    {.key = "h100-80", .name = "NVIDIA H100 80GB HBM3", .pci_device = 0x233010DE, .total_mib = 81559, .sm = 132, .arch = 9,
     .cc_major = 9, .power_limit_mw = 700000, .nvlinks = 18, .gpm = 1,
     EIGHT_BY_SEVEN("1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb", 9984, 20096, 40448, 81152,
                    16, 26, 32, 60, 64, 132)},
    {.key = "h200", .name = "NVIDIA H200", .pci_device = 0x233510DE, .total_mib = 143771, .sm = 132, .arch = 9,
     .cc_major = 9, .power_limit_mw = 700000, .nvlinks = 18, .gpm = 1,
     EIGHT_BY_SEVEN("1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb", 16384, 33024, 71168, 143360,
                    16, 26, 32, 60, 64, 132)},
    {.key = "a30", .name = "NVIDIA A30", .pci_device = 0x20B710DE, .total_mib = 24576, .sm = 56, .arch = 7, .cc_major = 8,
     .power_limit_mw = 165000, .nvlinks = 4, .memory_slices = 4, .compute_slices = 4, .profile_count = 5, .profiles = {
         {0x0, 14, "1g.6gb", 1, 1, 4, 14, 5952, 1, 0, 0, 0, {0, 1, 2, 3}, 4},
         {0x7, 21, "1g.6gb+me", 1, 1, 1, 14, 5952, 1, 1, 1, 1, {0, 1, 2, 3}, 4},
         {0x1, 5, "2g.12gb", 2, 2, 2, 28, 11968, 2, 2, 0, 0, {0, 2}, 2},
         {0x8, 6, "2g.12gb+me", 2, 2, 1, 28, 11968, 2, 2, 1, 1, {0, 2}, 2},
         {0x3, 0, "4g.24gb", 4, 4, 1, 56, 24000, 4, 4, 1, 1, WHOLE}}},
    {.key = "rtx-pro-6000", .name = "NVIDIA RTX PRO 6000 Blackwell Server Edition", .pci_device = 0x2BB510DE,
     .total_mib = 97887, .sm = 188, .arch = 10, .cc_major = 12, .power_limit_mw = 600000, .gpm = 1,
     .memory_slices = 12, .compute_slices = 4, .profile_count = 11, .profiles = {
         {0x0, 14, "1g.24gb", 1, 3, 4, 46, 24192, 1, 1, 1, 0, {0, 3, 6, 9}, 4},
         {0x7, 21, "1g.24gb+me", 1, 3, 1, 46, 24192, 1, 1, 1, 1, {0, 3, 6, 9}, 4},
         {0xA, 47, "1g.24gb+gfx", 1, 3, 4, 46, 24192, 1, 1, 1, 0, {0, 3, 6, 9}, 4},
         {0xF, 65, "1g.24gb+me.all", 1, 3, 1, 46, 24192, 1, 4, 4, 1, {0, 3, 6, 9}, 4},
         {0xD, 67, "1g.24gb-me", 1, 3, 4, 46, 24192, 1, 0, 0, 0, {0, 3, 6, 9}, 4},
         {0x1, 5, "2g.48gb", 2, 6, 2, 94, 48512, 2, 2, 2, 0, {0, 6}, 2},
         {0xB, 35, "2g.48gb+gfx", 2, 6, 2, 94, 48512, 2, 2, 2, 0, {0, 6}, 2},
         {0x10, 64, "2g.48gb+me.all", 2, 6, 1, 94, 48512, 2, 4, 4, 1, {0, 6}, 2},
         {0xE, 66, "2g.48gb-me", 2, 6, 2, 94, 48512, 2, 0, 0, 0, {0, 6}, 2},
         {0x3, 0, "4g.96gb", 4, 12, 1, 188, 97280, 4, 4, 4, 1, WHOLE},
         {0xC, 32, "4g.96gb+gfx", 4, 12, 1, 188, 97280, 4, 4, 4, 1, WHOLE}}},
    {.key = "t4", .name = "Tesla T4", .pci_device = 0x1EB810DE, .total_mib = 15360, .sm = 40, .arch = 6, .cc_major = 7,
     .cc_minor = 5, .power_limit_mw = 70000},
};

const struct geometry *geometry_find(const char *key) {
    for (unsigned i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        if (strcmp(geometries[i].key, key) == 0) {
            return &geometries[i];
        }
    }
    return NULL;
}

const struct profile *profile_find(const struct geometry *g, const char *name) {
    for (unsigned i = 0; i < g->profile_count; i++) {
        if (strcmp(g->profiles[i].name, name) == 0) {
            return &g->profiles[i];
        }
    }
    return NULL;
}

const struct profile *profile_by_id(const struct geometry *g, unsigned id) {
    for (unsigned i = 0; i < g->profile_count; i++) {
        if (g->profiles[i].id == id) {
            return &g->profiles[i];
        }
    }
    return NULL;
}
