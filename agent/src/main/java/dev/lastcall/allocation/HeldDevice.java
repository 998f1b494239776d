package dev.lastcall.allocation;

import java.util.Locale;
import java.util.Optional;

/**
 * One device of one container, in the kubelet's words.
 *
 * @param resource the extended resource, {@code nvidia.com/mig-3g.20gb}; for a DRA claim the driver, {@code gpu.nvidia.com}
 * @param nvidia whether the resource says by itself that this is one of NVIDIA's devices; of others only what matches a GPU
 *     is taken, for a network card is not an unmapped GPU
 */
public record HeldDevice(PodName pod, String container, String resource, DeviceId device, boolean nvidia) {

    private static final String PLUGIN_DOMAIN = "nvidia.com/";
    private static final String DRA_DRIVER = "gpu.nvidia.com";

    /** From a device plugin; empty where neither resource nor id has to do with a GPU. */
    public static Optional<HeldDevice> ofPlugin(PodName pod, String container, String resource, String id) {
        DeviceId device = DeviceId.ofPlugin(id);
        boolean nvidia = resource.startsWith(PLUGIN_DOMAIN);
        return nvidia || !(device instanceof DeviceId.Unrecognised)
                ? Optional.of(new HeldDevice(pod, container, resource, device, nvidia))
                : Optional.empty();
    }

    /**
     * Whether the resource is about GPUs. Under {@code nvidia.com} there are network cards too ({@code nvidia.com/hostdev}), and
     * what a pod holds of those says nothing about a GPU.
     */
    boolean ofGpus() {
        String name = resource.toLowerCase(Locale.ROOT);
        return nvidia && (name.contains("gpu") || name.startsWith(PLUGIN_DOMAIN + "mig-"));
    }

    /** From a DRA claim; empty for a claim on another driver, whose device names mean nothing here. */
    public static Optional<HeldDevice> ofClaim(PodName pod, String container, String driver, String device) {
        return driver.equals(DRA_DRIVER)
                ? Optional.of(new HeldDevice(pod, container, driver, DeviceId.ofClaim(device), true))
                : Optional.empty();
    }
}
