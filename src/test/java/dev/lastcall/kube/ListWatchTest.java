package dev.lastcall.kube;

import static dev.lastcall.kube.ApiServerDouble.answer;
import static dev.lastcall.kube.ApiServerDouble.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.http.HttpClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListWatchTest {

    private static final String LIST = "GET /api/v1/pods?fieldSelector=x&resourceVersion=0";

    private final ApiServerDouble server;
    private final Objects objects = new Objects();
    private final ListWatch watch;

    ListWatchTest() throws IOException {
        server = new ApiServerDouble();
        watch = new ListWatch(
                new ApiServer(server.client()), "own pods", "/api/v1/pods?fieldSelector=x", objects, WatchPace.DEFAULT);
    }

    @AfterEach
    void tearDown() {
        watch.close();
        server.close();
    }

    @Test
    void it_lists_once_and_goes_on_from_the_last_bookmark() {
        server.replies.add(answer(200, list("10", object("a", "9"))));
        server.replies.add(stream(event("ADDED", object("b", "11")), event("BOOKMARK", object("", "20"))));
        server.replies.add(stream(event("DELETED", object("a", "21"))));
        server.replies.add(stream());

        watch.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> server.requests.size() >= 4);
        assertThat(objects.seen()).isEqualTo(Map.of("b", "11"));
        assertThat(server.requests.subList(0, 4))
                .containsExactly(LIST, watchFrom("10"), watchFrom("20"), watchFrom("21"));
    }

    @Test
    void a_forgotten_place_means_one_new_list_and_what_vanished_meanwhile_is_gone() {
        server.replies.add(answer(200, list("10", object("a", "9"), object("b", "9"))));
        server.replies.add(stream(event("ERROR", "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}")));
        server.replies.add(answer(200, list("30", object("b", "29"))));
        server.replies.add(answer(410, "{}"));
        server.replies.add(answer(200, list("40", object("c", "39"))));

        watch.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("c", "39")));
        assertThat(server.requests.subList(0, 5)).containsExactly(LIST, watchFrom("10"), LIST, watchFrom("30"), LIST);
    }

    @Test
    void a_server_that_is_away_leaves_the_picture_and_its_return_needs_no_list() {
        server.replies.add(answer(200, list("10", object("a", "9"))));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 100_000);
            exchange.getResponseBody().write('\n');
            exchange.close();
        });
        server.replies.add(answer(503, "{}"));
        server.replies.add(stream(event("MODIFIED", object("a", "12"))));

        watch.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("a", "9")));
        await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("a", "12")));
        assertThat(server.requests.subList(0, 4))
                .containsExactly(LIST, watchFrom("10"), watchFrom("10"), watchFrom("10"));
    }

    @Test
    void an_event_in_pieces_is_one_event_even_where_a_letter_is_split() {
        String event = event("ADDED", "{\"metadata\":{\"name\":\"ä\",\"resourceVersion\":\"11\"}}");
        server.replies.add(answer(200, list("10")));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (byte part : event.getBytes(StandardCharsets.UTF_8)) {
                exchange.getResponseBody().write(part);
                exchange.getResponseBody().flush();
            }
            exchange.close();
        });

        watch.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("ä", "11")));
    }

    @Test
    void a_reader_that_fails_does_not_end_the_watch() {
        server.replies.add(answer(200, list("10")));
        server.replies.add(stream(event("ADDED", object("bad", "11"))));
        server.replies.add(answer(200, list("12", object("good", "12"))));
        objects.failOn = "bad";

        watch.start();

        await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("good", "12")));
    }

    @Test
    void a_connection_on_which_nothing_comes_is_given_up_for_a_new_one() {
        server.replies.add(answer(200, list("10")));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(event("BOOKMARK", object("", "15")).getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        });
        server.replies.add(stream(event("ADDED", object("a", "16"))));
        server.replies.add(stream());

        try (ListWatch impatient = impatient(Duration.ofSeconds(3))) {
            impatient.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("a", "16")));
            await().atMost(Duration.ofSeconds(60)).until(() -> server.requests.size() >= 4);
        }
        assertThat(server.requests.subList(0, 2)).containsExactly(LIST, watchFrom("10"));
        // A quiet watch is told to end, so that its last bookmark comes; once something happens there is no need.
        assertThat(server.requests.get(2)).matches(Pattern.quote(watchFrom("15")) + "&timeoutSeconds=[12]");
        assertThat(server.requests.get(3)).isEqualTo(watchFrom("16"));
    }

    @Test
    void a_watch_that_does_not_even_end_makes_the_next_one_use_other_connections() {
        server.replies.add(answer(200, list("10")));
        server.replies.add(silent());
        server.replies.add(silent());
        server.replies.add(stream(event("ADDED", object("a", "16"))));
        ApiServer api = new ApiServer(server.client());
        HttpClient first = api.connections();

        try (ListWatch impatient = impatient(api, Duration.ofSeconds(3))) {
            impatient.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> objects.seen().equals(Map.of("a", "16")));
        }
        assertThat(api.connections()).isNotSameAs(first);
    }

    @Test
    void it_is_down_from_the_first_failure_and_blind_a_while_later_and_neither_once_it_is_back() {
        server.replies.add(answer(200, list("10")));
        server.replies.add(stream());
        server.replies.add(answer(503, "{}"));

        try (ListWatch impatient = impatient(Duration.ofSeconds(2))) {
            assertThat(impatient.up()).isFalse();
            impatient.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> server.requests.size() >= 2 && impatient.up());
            await().atMost(Duration.ofSeconds(60)).until(() -> !impatient.up());
            await().atMost(Duration.ofSeconds(60)).until(impatient::blind);
            server.replies.add(silent());
            await().atMost(Duration.ofSeconds(60)).until(() -> impatient.up() && !impatient.blind());
        }
    }

    private static ApiServerDouble.Reply silent() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('\n');
            exchange.getResponseBody().flush();
        };
    }

    private ListWatch impatient(Duration blindAfter) {
        return impatient(new ApiServer(server.client()), blindAfter);
    }

    private ListWatch impatient(ApiServer api, Duration blindAfter) {
        return new ListWatch(api, "own pods", "/api/v1/pods?fieldSelector=x", objects, new WatchPace(blindAfter));
    }

    @Test
    void closing_ends_the_open_request() {
        server.replies.add(answer(200, list("10")));
        server.replies.add(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('\n');
            exchange.getResponseBody().flush();
        });
        watch.start();
        await().atMost(Duration.ofSeconds(60)).until(watch::connected);

        watch.close();

        await().atMost(Duration.ofSeconds(60)).until(() -> !watch.connected());
    }

    private static String watchFrom(String version) {
        return "GET /api/v1/pods?fieldSelector=x&watch=true&allowWatchBookmarks=true&resourceVersion=" + version;
    }

    private static String object(String name, String version) {
        return "{\"metadata\":{\"name\":\"%s\",\"resourceVersion\":\"%s\"}}".formatted(name, version);
    }

    private static String list(String version, String... objects) {
        return "{\"metadata\":{\"resourceVersion\":\"%s\"},\"items\":[%s]}"
                .formatted(version, String.join(",", objects));
    }

    private static String event(String type, String object) {
        return "{\"type\":\"%s\",\"object\":%s}\n".formatted(type, object);
    }

    private static final class Objects implements ListWatch.Picture {

        private final Map<String, String> versions = new ConcurrentHashMap<>();
        private volatile String failOn = "";

        Map<String, String> seen() {
            return new TreeMap<>(versions);
        }

        @Override
        public void replace(List<JsonNode> objects) {
            versions.clear();
            objects.forEach(this::put);
        }

        @Override
        public void put(JsonNode object) {
            String name = object.path("metadata").path("name").asText();
            if (name.equals(failOn)) {
                throw new IllegalArgumentException("cannot read " + name);
            }
            versions.put(name, object.path("metadata").path("resourceVersion").asText());
        }

        @Override
        public void remove(JsonNode object) {
            versions.remove(object.path("metadata").path("name").asText());
        }
    }
}
