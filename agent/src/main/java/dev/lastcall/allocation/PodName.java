package dev.lastcall.allocation;

/** How the kubelet names a pod. It gives no UID: a pod and its successor under the same name cannot be told apart. */
public record PodName(String namespace, String name) {

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
