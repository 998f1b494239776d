package dev.lastcall.gpu;

/**
 * Which GPU this is.
 *
 * @param uuid {@code GPU-…}, the only name that survives a reboot
 * @param pciBusId domain:bus:device.function as the driver prints it
 * @param minor number of {@code /dev/nvidiaN}, not always the index; -1 if the driver does not say
 */
public record GpuIdentity(String uuid, String model, String pciBusId, int minor) {}
