package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import dev.lastcall.support.faults.InjectedFault;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** The phase in which an agent is to die, and what holds the drain in it until it does. */
enum PinnedPhase {
    /** Nothing of the drain is on the Node yet: the patch that says so is refused. */
    NOTICED,
    /** The pods cannot be withdrawn. */
    CORDONED,
    /** Routers are given a long time to settle. */
    WITHDRAWN,
    /** Requests hold the pods. */
    DRAINING;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code lastcall.serving.settle} of the agent that dies. */
    String settle() {
        return this == WITHDRAWN ? "30s" : "2s";
    }

    /** Sends the notice and waits until the drain stands in this phase. Returns the deadline. */
    Instant interrupt(Scenario node, ApiProxy proxy, Duration notice) {
        String nodePath = "/api/v1/nodes/" + node.kubelet().nodeName();
        if (this == NOTICED) {
            InjectedFault refused = proxy.inject(Fault.on("PATCH", nodePath).refuse(503, "ServiceUnavailable"));
            Instant deadline = node.interrupt(notice);
            await("a cordon was refused").atMost(Duration.ofSeconds(20)).until(() -> refused.hits() > 0);
            return deadline;
        }
        if (this == CORDONED) {
            proxy.inject(Fault.on("PATCH", "/api/v1/namespaces/.*/pods/.*").refuse(503, "ServiceUnavailable"));
        }
        Instant deadline = node.interrupt(notice);
        await("phase " + label())
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(20))
                .until(() -> node.phase().equals(label()));
        await("the cordon was told")
                .atMost(Duration.ofSeconds(20))
                .until(() -> !Traces.onNode(node, "NodeCordoned").isEmpty());
        return deadline;
    }
}
