package dev.lastcall.support.controlplane;

import java.util.stream.Collectors;

/** A control plane by itself: prints its kubeconfig and the pids of its processes, and runs until this JVM ends. */
public final class ControlPlaneMain {

    private ControlPlaneMain() {}

    public static void main(String[] args) throws InterruptedException {
        ControlPlane plane = ControlPlane.start();
        System.out.println("kubeconfig " + plane.kubeconfig());
        System.out.println("pids "
                + plane.processes().stream()
                        .map(process -> String.valueOf(process.pid()))
                        .collect(Collectors.joining(" ")));
        Thread.currentThread().join();
    }
}
