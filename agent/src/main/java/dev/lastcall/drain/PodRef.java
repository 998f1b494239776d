package dev.lastcall.drain;

/** One pod and no other: a pod that came back under the same name has another UID. */
public record PodRef(String namespace, String name, String uid) {

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
