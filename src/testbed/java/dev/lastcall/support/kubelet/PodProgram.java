package dev.lastcall.support.kubelet;

/** What a container image stands for in the testbed. */
@FunctionalInterface
public interface PodProgram {

    /** Starts one container. Called again, with a fresh context, when a program that exited by itself is restarted. */
    RunningProgram start(PodContext context) throws Exception;
}
