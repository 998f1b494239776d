package dev.lastcall.it;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.lastcall.support.kubelet.PodContext;
import dev.lastcall.support.kubelet.PodProgram;
import dev.lastcall.support.kubelet.RunningProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** An engine that shows the metrics page of a situation seen in the field: busy with some requests, then done with them. */
final class FieldEngine implements PodProgram {
    private final Pages pages;
    private final List<Integer> ports;
    private final @Nullable SSLContext tls;
    private final int requests;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean done;

    /** What a port answers to a question for its metrics. */
    interface Pages {
        String page(int port, int inFlight, int ended);
    }

    /** @param requests those that it is busy with */
    FieldEngine(int requests, @Nullable SSLContext tls, List<Integer> ports, Pages pages) {
        this.requests = requests;
        this.tls = tls;
        this.ports = List.copyOf(ports);
        this.pages = pages;
    }

    int requests() {
        return requests;
    }

    /** How often its metrics were read so far, on any port. */
    int asked() {
        return asked.get();
    }

    /** Its requests have finished. */
    void finish() {
        done = true;
    }

    @Override
    public RunningProgram start(PodContext context) throws IOException {
        List<HttpServer> servers = new ArrayList<>();
        for (int port : ports) {
            servers.add(serve(new InetSocketAddress(context.address(), port)));
        }
        return RunningServers.of(servers);
    }

    private HttpServer serve(InetSocketAddress at) throws IOException {
        SSLContext context = tls;
        HttpServer server;
        if (context == null) {
            server = HttpServer.create(at, 0);
        } else {
            HttpsServer secure = HttpsServer.create(at, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(context));
            server = secure;
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            boolean metrics = exchange.getRequestURI().getPath().equals("/metrics");
            if (metrics) {
                asked.incrementAndGet();
            }
            byte[] body = (metrics ? pages.page(at.getPort(), done ? 0 : requests, done ? requests : 0) : "")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }
}
