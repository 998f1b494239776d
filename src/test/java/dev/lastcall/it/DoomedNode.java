package dev.lastcall.it;

import dev.lastcall.lint.truth.TruthManifest;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.VllmProgram;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A node with an agent that is going to be taken with all that runs on it, and nodes beside it that stay. The engine program refuses to
 * start where vLLM would: the variables of Services, which a kubelet sets and this one does not, are worked out by it.
 */
final class DoomedNode implements AutoCloseable {
    /** One replica each of the largest workload, and its replacement. */
    private static final int OTHERS = 3;

    private final VllmProgram engines = new VllmProgram();
    private final ControlPlane plane;
    private final Scenario scenario;

    DoomedNode(ControlPlane plane, String name) {
        this.plane = plane;
        this.scenario = new Scenario(plane, name, programs());
    }

    Scenario scenario() {
        return scenario;
    }

    VllmProgram engines() {
        return engines;
    }

    /** The node that goes; its name is that of the pool, too. */
    String name() {
        return scenario.kubelet().nodeName();
    }

    /** The nodes that stay; only from now on anything is scheduled there. */
    void openOthers() {
        for (int i = 0; i < OTHERS; i++) {
            scenario.keep(ScriptedKubelet.on(plane, name() + "-other-" + i)
                    .label(Workloads.POOL, name())
                    .images(programs())
                    .start());
        }
    }

    Instant interrupt(Duration window) {
        return scenario.interrupt(window);
    }

    @Override
    public void close() throws Exception {
        scenario.close();
    }

    private Map<String, PodProgram> programs() {
        return Map.of(TruthManifest.IMAGE, this::start, TruthManifest.OLD_IMAGE, this::start);
    }

    private RunningProgram start(PodContext context) throws IOException {
        Pod pod = context.pod();
        if (!Boolean.FALSE.equals(pod.getSpec().getEnableServiceLinks())
                && plane.client().services().inNamespace(pod.getMetadata().getNamespace()).list().getItems().stream()
                        .anyMatch(DoomedNode::injectsPort)) {
            throw new IOException("VLLM_PORT is an address, not a port number");
        }
        return engines.start(context);
    }

    private static boolean injectsPort(Service service) {
        return service.getMetadata().getName().equals("vllm")
                && !"None".equals(service.getSpec().getClusterIP());
    }
}
