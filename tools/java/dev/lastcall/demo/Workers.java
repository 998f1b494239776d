package dev.lastcall.demo;

import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.controlplane.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who works on the jobs. */
interface Workers extends AutoCloseable {

    /** Kills one with SIGKILL and sees to it that another takes its place. @return its name; empty: none works yet */
    Optional<String> killOne() throws IOException;

    @Override
    void close();

    /** As pods of the chart's ScaledJob: KEDA starts them, and the Job starts another one for each that failed. */
    static Workers ofKeda(WorkerProgram pods) {
        return new Workers() {
            @Override
            public Optional<String> killOne() throws IOException {
                return pods.killOne("working on ");
            }

            @Override
            public void close() {
                // They end by themselves, or with their nodes.
            }
        };
    }

    /** Three processes; a killed one is replaced at once. */
    static Workers processes(Path folder, Map<String, String> environment) throws IOException {
        Deque<ChildProcess> running = new ArrayDeque<>();
        int[] started = {0};
        for (int i = 0; i < 3; i++) {
            running.add(process("worker-" + ++started[0], folder, environment));
        }
        return new Workers() {
            @Override
            public Optional<String> killOne() throws IOException {
                ChildProcess victim = running.removeFirst();
                victim.close();
                running.add(process("worker-" + ++started[0], folder, environment));
                return Optional.of(victim.name());
            }

            @Override
            public void close() {
                running.forEach(ChildProcess::close);
            }
        };
    }

    /** The packaged program with one of its commands, or as a worker. */
    static ChildProcess process(String name, Path folder, Map<String, String> environment, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-jar",
                WorkerProgram.PROGRAM.toString()));
        command.addAll(List.of(arguments));
        return ChildProcess.start(name, command, environment, folder.resolve(name + ".log"));
    }
}
