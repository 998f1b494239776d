package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import java.net.InetAddress;
import java.util.List;

/**
 * What a program knows about the pod it runs in.
 *
 * @param pod the Pod as it was bound to the node
 * @param address the pod's own loopback address (127.x.y.z), free to bind any port on
 * @param port the container's first containerPort, else 8000
 * @param command the container's command and args, in that order
 */
public record PodContext(Pod pod, InetAddress address, int port, List<String> command) {

    public PodContext {
        command = List.copyOf(command);
    }
}
