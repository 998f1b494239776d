package dev.lastcall.support.engine;

import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A real vLLM server as a container of the testbed, on the pod's own address. The container's command says
 * {@code vllm serve tiny} or {@code vllm serve mid} and any flags of vLLM; address and port are the pod's. It is ready
 * (GET /health = 200) after 25 to 80 seconds and takes about 3 GB.
 */
public final class VllmProcessProgram implements PodProgram {

    private final int threads;
    private final Path logs;

    /**
     * @param threads for the computation of each server: the machine's cores divided by the servers
     * @param logs directory for one log per pod
     */
    public VllmProcessProgram(int threads, Path logs) {
        this.threads = threads;
        this.logs = logs;
    }

    @Override
    public Server start(PodContext context) throws IOException {
        Files.createDirectories(logs);
        Path log = logs.resolve(context.pod().getMetadata().getName() + ".log");
        List<String> line = new ArrayList<>(List.of(
                VllmInstallation.script("serve").toString(),
                context.address().getHostAddress(),
                Integer.toString(context.port())));
        line.addAll(modelAndFlags(context.command()));
        return new Server(ProcessGroup.start(line, Map.of("OMP_NUM_THREADS", Integer.toString(threads)), log), log);
    }

    /** What follows {@code vllm serve}: the model first. */
    static List<String> modelAndFlags(List<String> command) {
        List<String> words = EngineOptions.words(command);
        int serve = words.indexOf("serve");
        if (serve < 0 || serve + 1 == words.size() || words.get(serve + 1).startsWith("-")) {
            throw new IllegalArgumentException("the command must be 'vllm serve', a model and flags, not " + command);
        }
        return words.subList(serve + 1, words.size());
    }

    /** One running server. */
    public static final class Server implements RunningProgram {

        private final ProcessGroup processes;
        private final Path log;

        private Server(ProcessGroup processes, Path log) {
            this.processes = processes;
            this.log = log;
        }

        public Path log() {
            return log;
        }

        /** Of the main process. */
        public long pid() {
            return processes.pid();
        }

        @Override
        public void terminate() {
            processes.terminate();
        }

        /** SIGTERM to all its processes, which no container runtime does but a careless shell might. */
        public void terminateGroup() {
            processes.terminateAll();
        }

        @Override
        public void kill() {
            processes.kill();
        }

        @Override
        public CompletableFuture<Integer> exited() {
            return processes.exited();
        }
    }
}
