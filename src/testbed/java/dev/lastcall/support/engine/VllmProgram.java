package dev.lastcall.support.engine;

import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The engine as a container of the testbed; flags come from the container's command and args. */
public final class VllmProgram implements PodProgram {

    private final Map<String, VllmEngine> engines = new ConcurrentHashMap<>();

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        EngineOptions options = EngineOptions.parse(context.command());
        String pod = context.pod().getMetadata().getName();
        VllmEngine engine = VllmEngine.start(context.address(), options.port().orElse(context.port()), options, pod);
        engines.put(pod, engine);
        return new Running(engine);
    }

    /** The engine that a pod of this name runs or last ran. */
    public @Nullable VllmEngine engine(String pod) {
        return engines.get(pod);
    }

    private record Running(VllmEngine engine) implements RunningProgram {

        @Override
        public void terminate() {
            engine.terminate();
        }

        @Override
        public void kill() {
            engine.kill();
        }

        @Override
        public CompletableFuture<Integer> exited() {
            return engine.exited();
        }
    }
}
