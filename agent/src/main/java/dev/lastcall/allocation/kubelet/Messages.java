package dev.lastcall.allocation.kubelet;

import dev.lastcall.allocation.HeldDevice;
import dev.lastcall.allocation.PodName;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ClaimResource;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ContainerDevices;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ContainerResources;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.DynamicResource;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.ListPodResourcesResponse;
import dev.lastcall.allocation.kubelet.v1.PodResourcesV1.PodResources;
import java.util.ArrayList;
import java.util.List;

/** From the kubelet's messages to values. */
final class Messages {

    private Messages() {}

    static List<HeldDevice> held(ListPodResourcesResponse response) {
        List<HeldDevice> held = new ArrayList<>();
        for (PodResources pod : response.getPodResourcesList()) {
            PodName name = new PodName(pod.getNamespace(), pod.getName());
            for (ContainerResources container : pod.getContainersList()) {
                add(name, container, held);
            }
        }
        return held;
    }

    private static void add(PodName pod, ContainerResources container, List<HeldDevice> held) {
        for (ContainerDevices devices : container.getDevicesList()) {
            for (String id : devices.getDeviceIdsList()) {
                HeldDevice.ofPlugin(pod, container.getName(), devices.getResourceName(), id)
                        .ifPresent(held::add);
            }
        }
        for (DynamicResource claim : container.getDynamicResourcesList()) {
            for (ClaimResource device : claim.getClaimResourcesList()) {
                HeldDevice.ofClaim(pod, container.getName(), device.getDriverName(), device.getDeviceName())
                        .ifPresent(held::add);
            }
        }
    }
}
