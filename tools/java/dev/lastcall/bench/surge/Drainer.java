package dev.lastcall.bench.surge;

import dev.lastcall.bench.TerminationHandler;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.scenario.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Somebody who takes the pods off a node that is about to go. */
sealed interface Drainer {

    String title();

    /** Before the notice. */
    void start(Scenario node) throws Exception;

    /** The notice has come. */
    default void noticed(Scenario node) throws Exception {}

    /** The packaged agent. */
    record Lastcall(String withdraw) implements Drainer {
        @Override
        public String title() {
            return "Lastcall, `withdraw=" + withdraw + "`";
        }

        @Override
        public void start(Scenario node) throws Exception {
            node.startAgent(agent -> agent.config("lastcall.serving.withdraw", withdraw));
        }
    }

    /** A person, or a script, who runs the command in the second of the notice. */
    record KubectlDrain(Path kubectl) implements Drainer {
        @Override
        public String title() {
            return "`kubectl drain` at the notice";
        }

        @Override
        public void start(Scenario node) {}

        @Override
        public void noticed(Scenario node) throws Exception {
            List<String> command = List.of(
                    kubectl.toString(),
                    "--kubeconfig=" + node.plane().kubeconfig(),
                    "drain",
                    node.kubelet().nodeName(),
                    "--ignore-daemonsets",
                    "--delete-emptydir-data",
                    "--force");
            node.keep(ChildProcess.start("kubectl", command, Map.of(), log("kubectl-drain")));
        }
    }

    /** AWS's own program. */
    record NodeTerminationHandler(Path program, String version) implements Drainer {
        @Override
        public String title() {
            return "aws-node-termination-handler " + version;
        }

        @Override
        public void start(Scenario node) throws Exception {
            TerminationHandler.nothingToAnnounce(node.imds());
            TerminationHandler handler = new TerminationHandler(
                    node.plane(),
                    node.kubelet().nodeName(),
                    node.namespace(),
                    node.imds().url(),
                    Files.createTempDirectory("handler"));
            List<String> command = Stream.concat(handler.wrapper().stream(), Stream.of(program.toString()))
                    .toList();
            Path log = log("node-termination-handler");
            node.keep(ChildProcess.start("node-termination-handler", command, handler.environment(), log));
            org.awaitility.Awaitility.await("the handler watches")
                    .atMost(java.time.Duration.ofSeconds(60))
                    .until(() -> Files.readString(log).contains("Started watching for interruption events"));
        }
    }

    private static Path log(String name) throws java.io.IOException {
        return Files.createDirectories(Path.of("target", "bench")).resolve(name + ".log");
    }
}
