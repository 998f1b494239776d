package dev.lastcall.gpu.nvml;

/** The name of a profile where the driver is too old to tell it. */
final class ProfileName {

    private static final long MIB = 1024 * 1024;
    private static final long GIB = 1024 * MIB;

    private ProfileName() {}

    /**
     * Slices and memory as NVIDIA's tools print them: memory is the eighths of the GPU that the profile covers, rounded up,
     * in GB of the whole GPU rounded up (NVIDIA/go-nvlib, mig_profile.go).
     *
     * @param index NVML_GPU_INSTANCE_PROFILE_*, which tells variants with and without media engines apart
     * @param totalBytes memory of the whole GPU; 0 = unknown
     */
    static String of(int index, int slices, long memoryMiB, long totalBytes) {
        long gigabytes = memoryMiB / 1024;
        if (totalBytes > 0) {
            double eighths = Math.ceil((double) memoryMiB * MIB / totalBytes * 8) / 8;
            gigabytes = Math.round(eighths * ((totalBytes + GIB - 1) / GIB));
        }
        return slices + "g." + gigabytes + "gb" + suffix(index);
    }

    private static String suffix(int index) {
        return switch (index) {
            case 0x7, 0x8 -> "+me";
            case 0xA, 0xB, 0xC, 0x11 -> "+gfx";
            case 0xD, 0xE -> "-me";
            case 0xF, 0x10 -> "+me.all";
            default -> "";
        };
    }
}
