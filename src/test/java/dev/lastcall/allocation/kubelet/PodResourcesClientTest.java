package dev.lastcall.allocation.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.allocation.DeviceId;
import dev.lastcall.allocation.HeldDevice;
import dev.lastcall.allocation.PodName;
import dev.lastcall.allocation.PodResourcesAnswer;
import dev.lastcall.allocation.PodResourcesAnswer.Failed;
import dev.lastcall.allocation.PodResourcesAnswer.Listed;
import dev.lastcall.allocation.PodResourcesAnswer.NoSocket;
import dev.lastcall.support.kubelet.PodResourcesServer;
import io.grpc.Status;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real gRPC server on a real unix socket, in all the states a kubelet is met in. */
class PodResourcesClientTest {

    /** Never reached by what answers. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    Path folder;

    private Path socket = Path.of("");
    private PodResourcesClient client = new PodResourcesClient(socket, DEADLINE);

    @BeforeEach
    void open() {
        socket = folder.resolve("kubelet.sock");
        use(DEADLINE);
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void devices_of_plugins_and_of_claims_are_listed_under_their_pods_and_containers() throws IOException {
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            kubelet.give("serving", "llm-0", "vllm", "nvidia.com/gpu", "GPU-1", "GPU-2")
                    .give("net", "router", "main", "rdma/hca", "mlx5_0")
                    .claim("batch", "train", "main", "gpu.nvidia.com", "gpu-3");

            PodName llm = new PodName("serving", "llm-0");
            assertThat(client.list())
                    .isEqualTo(new Listed(List.of(
                            new HeldDevice(llm, "vllm", "nvidia.com/gpu", new DeviceId.GpuUuid("GPU-1"), true),
                            new HeldDevice(llm, "vllm", "nvidia.com/gpu", new DeviceId.GpuUuid("GPU-2"), true),
                            new HeldDevice(
                                    new PodName("batch", "train"),
                                    "main",
                                    "gpu.nvidia.com",
                                    new DeviceId.GpuMinor(3),
                                    true))));
        }
    }

    /** dcgm-exporter dials anew for every scrape. */
    @Test
    void a_hundred_lists_go_through_one_connection() throws IOException {
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            for (int i = 0; i < 100; i++) {
                assertThat(client.list()).isInstanceOf(Listed.class);
            }
            assertThat(kubelet.lists()).isEqualTo(100);
            assertThat(kubelet.connections()).isEqualTo(1);
        }
    }

    @Test
    void the_first_list_after_a_restart_of_the_kubelet_succeeds() throws IOException {
        try (PodResourcesServer before = PodResourcesServer.at(socket)) {
            before.give("serving", "old", "vllm", "nvidia.com/gpu", "GPU-1");
            assertThat(pods()).containsExactly("old");
        }
        try (PodResourcesServer after = PodResourcesServer.at(socket)) {
            after.give("serving", "new", "vllm", "nvidia.com/gpu", "GPU-1");
            assertThat(pods()).containsExactly("new");
        }
    }

    /** A channel back-off that has grown to minutes would keep a kubelet that is back unseen for as long. */
    @Test
    void however_often_it_failed_before_the_first_list_after_a_restart_succeeds() throws IOException {
        leaveBehind(socket);
        for (int i = 0; i < 20; i++) {
            assertThat(client.list()).isInstanceOf(Failed.class);
        }
        try (PodResourcesServer after = PodResourcesServer.at(socket)) {
            assertThat(client.list()).isInstanceOf(Listed.class);
            assertThat(after.connections()).isEqualTo(1);
        }
    }

    /** The old process may hold its connection for a while after the new one has taken the path. */
    @Test
    void a_new_socket_in_the_same_place_is_used_though_the_old_connection_still_works() throws IOException {
        try (PodResourcesServer old = PodResourcesServer.at(socket)) {
            old.give("serving", "old", "vllm", "nvidia.com/gpu", "GPU-1");
            assertThat(pods()).containsExactly("old");
            try (PodResourcesServer young = PodResourcesServer.at(socket)) {
                young.give("serving", "new", "vllm", "nvidia.com/gpu", "GPU-1");
                assertThat(pods()).containsExactly("new");
            }
        }
    }

    @Test
    void a_socket_that_is_not_there_is_said_so_and_used_when_it_comes() throws IOException {
        assertThat(client.list()).isEqualTo(new NoSocket());
        assertThat(client.list()).isEqualTo(new NoSocket());

        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            kubelet.give("serving", "llm-0", "vllm", "nvidia.com/gpu", "GPU-1");
            assertThat(pods()).containsExactly("llm-0");
        }
    }

    @Test
    void a_kubelet_that_does_not_answer_costs_the_deadline_and_nothing_after_it_answers() throws IOException {
        use(Duration.ofMillis(500));
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            kubelet.hang();
            assertThat(client.list()).isEqualTo(new Failed("deadline_exceeded", "no answer within 500 ms"));

            kubelet.answer();
            // On a busy machine one answer may take longer than so short a deadline.
            await().atMost(Duration.ofSeconds(30)).until(() -> client.list() instanceof Listed);
        }
    }

    /** gRPC's own limit is 4 MiB, which a node with many pods and devices exceeds. */
    @Test
    void an_answer_of_fifteen_mebibytes_is_read_and_one_of_seventeen_is_refused() throws IOException {
        String id = "x".repeat(MEBIBYTE);
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            for (int i = 0; i < 15; i++) {
                kubelet.give("serving", "pod-" + i, "main", "nvidia.com/gpu", id);
            }
            assertThat(pods()).hasSize(15);

            kubelet.give("serving", "one-more", "main", "nvidia.com/gpu", id, id);
            assertThat(client.list())
                    .isInstanceOfSatisfying(
                            Failed.class, failed -> assertThat(failed.code()).isEqualTo("resource_exhausted"));
        }
    }

    @Test
    void a_refusal_keeps_its_code_and_words() throws IOException {
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            kubelet.refuse(Status.RESOURCE_EXHAUSTED.withDescription("rejected by rate limit"));
            assertThat(client.list()).isEqualTo(new Failed("resource_exhausted", "rejected by rate limit"));
        }
    }

    @Test
    void bytes_that_are_no_message_are_a_failure_and_no_exception() throws IOException {
        try (PodResourcesServer kubelet = PodResourcesServer.at(socket)) {
            kubelet.send("\u0001\u0002 no protobuf".getBytes(StandardCharsets.UTF_8));
            assertThat(client.list()).isInstanceOf(Failed.class);
        }
    }

    @Test
    void a_server_that_speaks_something_else_is_a_failure_and_no_exception() throws Exception {
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket));
            Thread server = Thread.ofVirtual().start(() -> {
                try (SocketChannel connection = other.accept()) {
                    connection.write(
                            ByteBuffer.wrap("HTTP/1.0 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
                } catch (IOException closed) {
                    // The client went away first: what it made of the answer is what counts.
                }
            });
            assertThat(client.list()).isInstanceOf(Failed.class);
            server.join();
        }
    }

    @Test
    void a_file_behind_which_nobody_listens_is_a_failure_with_its_cause() throws IOException {
        leaveBehind(socket);
        assertThat(client.list())
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.text()).containsIgnoringCase("connection refused"));
    }

    /** The file of a socket whose process was killed. */
    private static void leaveBehind(Path socket) throws IOException {
        try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            gone.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
    }

    private void use(Duration deadline) {
        client.close();
        client = new PodResourcesClient(socket, deadline);
    }

    private List<String> pods() {
        PodResourcesAnswer answer = client.list();
        assertThat(answer).isInstanceOf(Listed.class);
        return ((Listed) answer).held().stream().map(held -> held.pod().name()).toList();
    }
}
