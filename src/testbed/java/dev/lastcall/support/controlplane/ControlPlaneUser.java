package dev.lastcall.support.controlplane;

import java.util.List;
import java.util.UUID;

/**
 * A user of the API server's token file, with a name of its own in the audit log. What it may do is up to RBAC, unless
 * it is in {@code system:masters}, which may do everything.
 */
public record ControlPlaneUser(String name, String token, List<String> groups) {

    public ControlPlaneUser {
        groups = List.copyOf(groups);
    }

    public static ControlPlaneUser named(String name, String... groups) {
        return new ControlPlaneUser(name, UUID.randomUUID().toString(), List.of(groups));
    }

    /** The kubelet of one node: the Node authorizer and NodeRestriction decide what it may do. */
    public static ControlPlaneUser node(String node) {
        return named("system:node:" + node, "system:nodes");
    }

    /** Format: token,user,uid,"group,group" (Kubernetes: static token file). */
    String line() {
        return "%s,%s,%s,\"%s\"".formatted(token, name, name, String.join(",", groups));
    }
}
