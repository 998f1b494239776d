package dev.lastcall.support.batch;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import io.fabric8.kubernetes.api.model.EnvVar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The packaged batch worker, a process, as a container of the testbed. Its settings are the container's environment. */
public final class WorkerProgram implements PodProgram {

    /** What {@code make worker} builds. */
    public static final Path PROGRAM = Path.of("worker/target/quarkus-app/quarkus-run.jar");

    private final Path logs;
    private final Map<String, String> loopback;
    private final Map<String, Instant> asked = new ConcurrentHashMap<>();
    private final Map<String, ChildProcess> running = new ConcurrentHashMap<>();

    /**
     * @param logs directory for one log per pod
     * @param loopback in place of what only a cluster's DNS could resolve
     */
    public WorkerProgram(Path logs, Map<String, String> loopback) {
        this.logs = logs;
        this.loopback = Map.copyOf(loopback);
    }

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        String pod = context.pod().getMetadata().getName();
        Map<String, String> environment = new HashMap<>();
        for (EnvVar variable :
                context.pod().getSpec().getContainers().getFirst().getEnv()) {
            if (variable.getValue() != null) {
                environment.put(variable.getName(), variable.getValue());
            }
        }
        environment.put("HTTP_PORT", "0");
        environment.putAll(loopback);
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-jar",
                PROGRAM.toString());
        ChildProcess process = ChildProcess.start(pod, command, environment, logs.resolve(pod + ".log"));
        running.put(pod, process);
        process.exited().thenRun(() -> running.remove(pod, process));
        return new Running(process, () -> asked.put(pod, Instant.now()));
    }

    /** SIGKILL to the worker that has written a line that contains this; the pod's name, or empty where there is none. */
    public Optional<String> killOne(String line) throws IOException {
        for (Map.Entry<String, ChildProcess> worker : running.entrySet()) {
            if (output(worker.getKey()).contains(line)) {
                running.remove(worker.getKey(), worker.getValue());
                worker.getValue().close();
                return Optional.of(worker.getKey());
            }
        }
        return Optional.empty();
    }

    /** SIGKILL to all that have written a line that contains this; how many there were. */
    public int killAll(String line) throws IOException {
        int killed = 0;
        while (killOne(line).isPresent()) {
            killed++;
        }
        return killed;
    }

    /** When the pod's worker got its SIGTERM. */
    public Optional<Instant> asked(String pod) {
        return Optional.ofNullable(asked.get(pod));
    }

    /** What the pod's worker has written so far; empty before it has started. */
    public String output(String pod) throws IOException {
        Path log = logs.resolve(pod + ".log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    private record Running(ChildProcess process, Runnable onTerminate) implements RunningProgram {

        @Override
        public void terminate() {
            onTerminate.run();
            process.terminate();
        }

        @Override
        public void kill() {
            process.close();
        }

        @Override
        public CompletableFuture<Integer> exited() {
            return process.exited();
        }
    }
}
