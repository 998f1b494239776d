package dev.lastcall.support.page;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One who listens to {@code /api/v1/state/events}. */
public final class StateListener implements AutoCloseable {

    private static final Pattern PHASE = Pattern.compile("^data: .*\"phase\":\"?(\\w+)\"?}$");

    private final HttpClient http;
    private final HttpResponse<InputStream> response;
    private final List<String> phases = new CopyOnWriteArrayList<>();

    private StateListener(HttpClient http, HttpResponse<InputStream> response) {
        this.http = http;
        this.response = response;
        Thread.ofVirtual().name("state-listener").start(this::read);
    }

    /** Returns when the answer's head is there, whatever its status. */
    public static StateListener connect(URI uri) throws IOException, InterruptedException {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return new StateListener(
                http, http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream()));
    }

    public int status() {
        return response.statusCode();
    }

    public String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The phase of each event so far; "null" without a drain. */
    public List<String> phases() {
        return List.copyOf(phases);
    }

    private void read() {
        try (Scanner lines = new Scanner(response.body(), StandardCharsets.UTF_8)) {
            while (lines.hasNextLine()) {
                Matcher phase = PHASE.matcher(lines.nextLine());
                if (phase.matches()) {
                    phases.add(phase.group(1));
                }
            }
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
