package dev.lastcall.support.kubelet;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/** A small web server on the pod's address: 200 on every path, but 503 on {@code /health} while told to be unhealthy. */
public final class HttpProgram implements PodProgram {

    private volatile boolean healthy = true;

    /** What {@code /health} says from now on, in every pod of this program. */
    public HttpProgram healthy(boolean value) {
        this.healthy = value;
        return this;
    }

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(context.address(), context.port()), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            boolean well = healthy || !exchange.getRequestURI().getPath().equals("/health");
            byte[] body = (well ? "ok\n" : "not now\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(well ? 200 : 503, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        CompletableFuture<Integer> exited = new CompletableFuture<>();
        return new RunningProgram() {
            @Override
            public void terminate() {
                end(0);
            }

            @Override
            public void kill() {
                end(137);
            }

            private void end(int exitCode) {
                server.stop(0);
                exited.complete(exitCode);
            }

            @Override
            public CompletableFuture<Integer> exited() {
                return exited;
            }
        };
    }
}
