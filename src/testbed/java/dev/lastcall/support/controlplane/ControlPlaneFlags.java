package dev.lastcall.support.controlplane;

import java.util.List;

/** More arguments for two of the programs, for what an ordinary control plane of the tests does without. */
public record ControlPlaneFlags(List<String> apiServer, List<String> controllerManager) {

    public static final ControlPlaneFlags NONE = new ControlPlaneFlags(List.of(), List.of());
}
