package dev.lastcall.support.stack;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.metadata.FakeImds;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A node that its cloud can take back, with its metadata service and its agent. */
public final class SpotNode implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final ScriptedKubelet kubelet;
    private final FakeImds imds;
    private final @Nullable AgentProcess agent;

    private SpotNode(ScriptedKubelet kubelet, FakeImds imds, @Nullable AgentProcess agent) {
        this.kubelet = kubelet;
        this.imds = imds;
        this.agent = agent;
    }

    /** @param withdraw {@code lastcall.serving.withdraw}; empty = without an agent. Returns before it is ready */
    static SpotNode start(ControlPlane plane, ScriptedKubelet kubelet, String withdraw)
            throws IOException, InterruptedException {
        FakeImds imds = new FakeImds();
        if (withdraw.isEmpty()) {
            return new SpotNode(kubelet, imds, null);
        }
        AgentProcess agent = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", kubelet.nodeName())
                .config("lastcall.notice.aws.endpoint", imds.url())
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                .config("lastcall.serving.withdraw", withdraw)
                .start();
        return new SpotNode(kubelet, imds, agent);
    }

    void awaitReady() {
        AgentProcess waited = agent;
        if (waited == null) {
            return;
        }
        await("the agent of " + name() + " is ready")
                .atMost(SOON)
                .until(() -> waited.get("/health/ready").statusCode() == 200);
    }

    public String name() {
        return kubelet.nodeName();
    }

    /** Where the agent's metrics are. */
    Optional<InetSocketAddress> metrics() {
        return Optional.ofNullable(agent).map(running -> new InetSocketAddress("127.0.0.1", running.port()));
    }

    /** The spot notice; the deadline comes back. */
    public Instant interrupt(Duration window) {
        return imds.announce("terminate", window);
    }

    /** Cuts the machine: programs are killed, the agent among them, and nobody hears anything more of it. */
    public void powerOff() throws InterruptedException {
        kubelet.powerOff();
        if (agent != null) {
            agent.kill9();
        }
    }

    /** {@link #powerOff}, and the cloud's controller deletes the Node. */
    public void terminate() throws InterruptedException {
        powerOff();
        kubelet.close();
    }

    @Override
    public void close() throws IOException {
        if (agent != null) {
            agent.close();
        }
        kubelet.close();
        imds.close();
    }
}
