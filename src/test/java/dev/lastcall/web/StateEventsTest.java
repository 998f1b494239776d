package dev.lastcall.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.page.StateListener;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The events over a real connection, with documents and a socket buffer that make a slow listener slow at once. */
class StateEventsTest {

    /** More than the kernel and the agent keep for one listener here. */
    private static final int LARGE = 256 * 1024;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<JsonNode> document = new AtomicReference<>(document("start"));
    private int port;

    @BeforeEach
    void serve() throws Exception {
        Router router = Router.router(vertx);
        new StateEvents(document::get, vertx).register(router);
        HttpServer server = vertx.createHttpServer(new HttpServerOptions().setSendBufferSize(4096))
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void a_listener_that_does_not_read_is_cut_and_the_others_hear_on() throws Exception {
        try (Socket slow = new Socket();
                StateListener quick =
                        StateListener.connect(URI.create("http://127.0.0.1:" + port + "/api/v1/state/events"))) {
            slow.setReceiveBufferSize(4096);
            slow.setSoTimeout(60_000);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            slow.getOutputStream()
                    .write("GET /api/v1/state/events HTTP/1.1\r\nHost: agent\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(slow.getInputStream().read()).as("the head has begun").isEqualTo('H');
            for (String each : new String[] {"a", "b", "c"}) {
                String phase = each.repeat(LARGE);
                document.set(document(phase));
                await("the quick one has " + each)
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> quick.phases().contains(phase));
            }
            assertThat(readToTheEnd(slow.getInputStream()))
                    .as("it ends after the first event: the second and the third were never kept for it")
                    .isLessThan(2 * LARGE);
        }
    }

    /** Bytes until the other side ends the connection, in whatever way. */
    private static long readToTheEnd(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        long total = 0;
        try {
            int read = in.read(buffer);
            while (read >= 0) {
                total += read;
                read = in.read(buffer);
            }
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
        return total;
    }

    private static JsonNode document(String phase) {
        return new ObjectMapper()
                .createObjectNode()
                .set("drain", new ObjectMapper().createObjectNode().put("phase", phase));
    }
}
