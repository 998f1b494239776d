package dev.lastcall.support.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HTTPHeader;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One probe of one running container: httpGet or tcpSocket, with the periods, time-outs and thresholds of its Probe. Its
 * verdict goes to a consumer whenever it changes.
 */
final class ProbeLoop {

    private final Container container;
    private final Probe probe;
    private final InetAddress address;
    private final Consumer<Boolean> verdict;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private ProbeLoop(Container container, Probe probe, InetAddress address, Consumer<Boolean> verdict) {
        this.container = container;
        this.probe = probe;
        this.address = address;
        this.verdict = verdict;
    }

    /** Starts probing; {@code verdict} hears of the first threshold reached and of every change after it. */
    static ProbeLoop start(Container container, Probe probe, InetAddress address, Consumer<Boolean> verdict) {
        ProbeLoop loop = new ProbeLoop(container, probe, address, verdict);
        Thread.ofVirtual().name("probe-" + container.getName()).start(loop::run);
        return loop;
    }

    /** True if this kind of probe can be made here; exec and gRPC need a real container. */
    static boolean supports(@Nullable Probe probe) {
        return probe == null || probe.getHttpGet() != null || probe.getTcpSocket() != null;
    }

    void stop() {
        stopped.countDown();
    }

    private void run() {
        int successesNeeded = orElse(probe.getSuccessThreshold(), 1);
        int failuresNeeded = orElse(probe.getFailureThreshold(), 3);
        long periodSeconds = orElse(probe.getPeriodSeconds(), 10);
        int successes = 0;
        int failures = 0;
        @Nullable Boolean last = null;
        try {
            if (stopped.await(orElse(probe.getInitialDelaySeconds(), 0), TimeUnit.SECONDS)) {
                return;
            }
            do {
                boolean well = check();
                successes = well ? successes + 1 : 0;
                failures = well ? 0 : failures + 1;
                boolean reached = well ? successes >= successesNeeded : failures >= failuresNeeded;
                if (reached && stopped.getCount() > 0 && (last == null || last != well)) {
                    last = well;
                    verdict.accept(well);
                }
            } while (!stopped.await(periodSeconds, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean check() {
        Duration timeout = Duration.ofSeconds(orElse(probe.getTimeoutSeconds(), 1));
        try {
            if (probe.getHttpGet() != null) {
                int status = get(probe.getHttpGet(), container, address, timeout);
                return status >= 200 && status < 400;
            }
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(address, port(probe.getTcpSocket().getPort(), container)),
                        Math.toIntExact(timeout.toMillis()));
                return true;
            }
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes an httpGet action of a probe or hook; returns the status code. */
    static int get(HTTPGetAction action, Container container, InetAddress address, Duration timeout)
            throws IOException {
        InetAddress host = action.getHost() == null || action.getHost().isEmpty()
                ? address
                : InetAddress.getByName(action.getHost());
        return HttpCheck.get(
                new InetSocketAddress(host, port(action.getPort(), container)),
                action.getPath() == null ? "/" : action.getPath(),
                action.getHttpHeaders().stream()
                        .collect(Collectors.toMap(HTTPHeader::getName, HTTPHeader::getValue, (a, b) -> b)),
                timeout);
    }

    private static int port(IntOrString port, Container container) {
        if (port.getIntVal() != null) {
            return port.getIntVal();
        }
        String name = port.getStrVal();
        return container.getPorts().stream()
                .filter(candidate -> name.equals(candidate.getName()))
                .map(ContainerPort::getContainerPort)
                .findFirst()
                .orElseGet(() -> Integer.parseInt(name));
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
