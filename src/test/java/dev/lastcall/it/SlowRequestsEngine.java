package dev.lastcall.it;

import com.sun.net.httpserver.HttpServer;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What an agent can ask of an idle vLLM whose requests take 40 to 50 s, with the times at which it was asked. */
final class SlowRequestsEngine implements PodProgram {
    /** Between two looks at the metrics. */
    private static final int ENDED = 100;

    record Asked(Instant at, String path) {}

    private final Map<String, List<Asked>> asked = new ConcurrentHashMap<>();

    /** By whom is not told apart: kubelet's probes go to {@code /health}, and are left out. */
    List<Asked> asked(String pod) {
        return List.copyOf(asked.getOrDefault(pod, List.of()));
    }

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        List<Asked> log =
                asked.computeIfAbsent(context.pod().getMetadata().getName(), pod -> new CopyOnWriteArrayList<>());
        AtomicInteger ended = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(context.address(), context.port()), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            if (!path.equals("/health")) {
                log.add(new Asked(Instant.now(), path));
            }
            byte[] body = answer(path, ended).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return RunningServers.of(List.of(server));
    }

    private static String answer(String path, AtomicInteger ended) {
        return switch (path) {
            case "/version" -> "{\"version\":\"0.18.1\"}";
            case "/metrics" -> page(ended.addAndGet(ENDED));
            default -> "";
        };
    }

    private static String page(int ended) {
        return """
                vllm:num_requests_running{model_name="m"} 0
                vllm:num_requests_waiting{model_name="m"} 0
                vllm:request_success_total{finished_reason="stop",model_name="m"} %1$d
                vllm:request_success_total{finished_reason="length",model_name="m"} 0
                vllm:request_success_total{finished_reason="abort",model_name="m"} 0
                vllm:e2e_request_latency_seconds_bucket{le="40.0",model_name="m"} 0
                vllm:e2e_request_latency_seconds_bucket{le="50.0",model_name="m"} %1$d
                vllm:e2e_request_latency_seconds_bucket{le="+Inf",model_name="m"} %1$d
                """.formatted(ended);
    }
}
