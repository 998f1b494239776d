package dev.lastcall.support.engine;

import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import dev.lastcall.support.process.TcpForward;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * llm-d's simulator of vLLM as a container of the testbed: its metrics, its streams and what it does at SIGTERM were written
 * by others. The container's command says {@code vllm serve MODEL} and flags of the simulator; a model of no real name needs
 * no tokenizer. It listens on every address of the machine, so each pod's own address is passed on to a port of its own.
 */
public final class InferenceSimProgram implements PodProgram {

    /** What to print where it is not built. */
    public static final String SKIPPED =
            "skipped: llm-d-inference-sim is not built yet (or Go is missing); make test-serving builds it (2 to 6 minutes, once)";

    private final Path logs;

    /** @param logs directory for one log per pod */
    public InferenceSimProgram(Path logs) {
        this.logs = logs;
    }

    public static boolean isThere() {
        return Files.isExecutable(program());
    }

    private static Path program() {
        return ServingChart.tools().resolve("bin/llm-d-inference-sim");
    }

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        Files.createDirectories(logs);
        int port = FreePort.find();
        List<String> words = VllmProcessProgram.modelAndFlags(context.command());
        List<String> line = new ArrayList<>(
                List.of(program().toString(), "--model", words.getFirst(), "--port", Integer.toString(port)));
        line.addAll(words.subList(1, words.size()));
        Path log = logs.resolve(context.pod().getMetadata().getName() + ".log");
        TcpForward address = TcpForward.open(new InetSocketAddress(context.address(), context.port()), port);
        try {
            ProcessGroup processes = ProcessGroup.start(line, Map.of(), log);
            var _ = processes.exited().whenComplete((_, _) -> address.close());
            return processes;
        } catch (IOException notStarted) {
            address.close();
            throw notStarted;
        }
    }
}
