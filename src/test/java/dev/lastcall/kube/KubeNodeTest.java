package dev.lastcall.kube;

import static dev.lastcall.kube.ApiServerDouble.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The Node between our own write and the watch's word of it: a second patch computed from the Node as it was before the first
 * is a conflict, and costs a GET and a third request in the first milliseconds of a drain.
 */
class KubeNodeTest {
    private final ApiServerDouble server;
    private final KubeNode node;
    private final BlockingQueue<String> shown = new LinkedBlockingQueue<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();

    KubeNodeTest() throws IOException {
        server = new ApiServerDouble();
        node = new KubeNode(server.client(), new NodeName("n"));
    }

    @BeforeEach
    void a_watch_that_shows_what_it_is_told() {
        server.replies.add(answer(
                200, "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[%s]}".formatted(node("u", "7", false))));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            OutputStream body = exchange.getResponseBody();
            body.flush();
            try {
                for (String event = shown.take(); !event.isEmpty(); event = shown.take()) {
                    body.write(event.getBytes(StandardCharsets.UTF_8));
                    body.flush();
                }
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        node.onChange(view -> heard.add(view.resourceVersion()));
        node.start();
        await().atMost(Duration.ofSeconds(60)).until(node::connected);
    }

    @AfterEach
    void tearDown() {
        shown.add("");
        node.close();
        server.close();
    }

    @Test
    void the_answer_to_our_own_patch_is_the_latest_view_until_the_watch_has_come_so_far() {
        server.replies.add(answer(200, node("u", "8", true)));
        assertThat(node.patch(patchOf("7"))).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("8");
        assertThat(node.latest().map(NodeView::unschedulable)).contains(true);
    }

    @Test
    void the_watch_on_its_way_to_our_last_write_does_not_take_it_back() {
        server.replies.add(answer(200, node("u", "8", true)));
        server.replies.add(answer(200, node("u", "9", true)));
        assertThat(node.patch(patchOf("7"))).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.patch(patchOf("8"))).isInstanceOf(PatchAnswer.Done.class);
        show("8");
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("9");
        show("9");
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("9");
        show("10");
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("10");
    }

    @Test
    void what_another_wrote_after_us_is_the_latest_view_even_where_the_watch_skips_ours() {
        server.replies.add(answer(200, node("u", "8", true)));
        assertThat(node.patch(patchOf("7"))).isInstanceOf(PatchAnswer.Done.class);
        show("12");
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("12");
    }

    /** Returns when the listeners have been told. */
    private void show(String version) {
        shown.add("{\"type\":\"MODIFIED\",\"object\":%s}\n".formatted(node("u", version, true)));
        await().atMost(Duration.ofSeconds(60)).until(() -> heard.contains(version));
    }

    @Test
    void an_answer_to_a_patch_of_another_version_than_the_watch_has_shown_changes_nothing() {
        server.replies.add(answer(200, node("u", "6", true)));
        assertThat(node.patch(patchOf("5"))).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("7");
    }

    @Test
    void an_answer_that_is_not_this_node_changes_nothing() {
        server.replies.add(answer(200, "{\"kind\":\"Status\"}"));
        assertThat(node.patch(patchOf("7"))).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.latest().map(NodeView::resourceVersion)).contains("7");
    }

    @Test
    void a_patch_for_show_changes_nothing() {
        server.replies.add(answer(200, node("u", "8", true)));
        assertThat(node.dryRun(patchOf("7"))).isInstanceOf(PatchAnswer.Done.class);
        assertThat(node.latest().map(NodeView::unschedulable)).contains(false);
    }

    private static NodePatch patchOf(String version) {
        return new NodePatch(version, true, null, Map.of(), Map.of("example.com/a", Optional.of("b")));
    }

    private static String node(String uid, String version, boolean unschedulable) {
        return """
                {"kind":"Node","metadata":{"name":"n","uid":"%s","resourceVersion":"%s"},"spec":{"unschedulable":%s}}""".formatted(uid, version, unschedulable);
    }
}
