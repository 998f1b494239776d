package dev.lastcall.support.stack;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.metadata.FakeImds;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** A node that its cloud can take back, with its metadata service and its agent. */
public final class SpotNode implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final ScriptedKubelet kubelet;
    private final FakeImds imds;
    private final AgentProcess agent;

    private SpotNode(ScriptedKubelet kubelet, FakeImds imds, AgentProcess agent) {
        this.kubelet = kubelet;
        this.imds = imds;
        this.agent = agent;
    }

    /** With the agent at the settings that serving/README.md asks for. Returns before it is ready. */
    static SpotNode start(ControlPlane plane, ScriptedKubelet kubelet) throws IOException, InterruptedException {
        FakeImds imds = new FakeImds();
        AgentProcess agent = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", kubelet.nodeName())
                .config("lastcall.notice.aws.endpoint", imds.url())
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                .config("lastcall.serving.withdraw", "label,detach")
                .start();
        return new SpotNode(kubelet, imds, agent);
    }

    void awaitReady() {
        await("the agent of " + name() + " is ready")
                .atMost(SOON)
                .until(() -> agent.get("/health/ready").statusCode() == 200);
    }

    public String name() {
        return kubelet.nodeName();
    }

    AgentProcess agent() {
        return agent;
    }

    /** The spot notice; the deadline comes back. */
    public Instant interrupt(Duration window) {
        return imds.announce("terminate", window);
    }

    /** Cuts the machine: programs are killed, the agent among them, and nobody hears anything more of it. */
    public void powerOff() throws InterruptedException {
        kubelet.powerOff();
        agent.kill9();
    }

    @Override
    public void close() throws IOException {
        agent.close();
        kubelet.close();
        imds.close();
    }
}
