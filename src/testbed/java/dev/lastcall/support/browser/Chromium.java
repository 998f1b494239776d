package dev.lastcall.support.browser;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium with a profile of its own that resolves no name: nothing outside of this machine is asked. */
public final class Chromium implements AutoCloseable {

    /** Why a test without it is skipped. */
    public static final String MISSING = "no chromium on the PATH (Debian package chromium): the page is not looked at";

    private static final Pattern LISTENS = Pattern.compile("DevTools listening on ws://([^/]+)/");
    private static final long START_SECONDS = 120;

    private final Process process;
    private final Path profile;
    private final Thread reaper;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;

    private Chromium(Process process, Path profile, String address) {
        this.process = process;
        this.profile = profile;
        this.address = address;
        this.reaper = new Thread(process::destroyForcibly, "chromium-reaper");
        Runtime.getRuntime().addShutdownHook(reaper);
    }

    /** The program; empty where there is none. */
    public static Optional<Path> program() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, "chromium"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it, which takes seconds. */
    public static Chromium start() throws IOException, InterruptedException {
        Path profile = Files.createTempDirectory("lastcall-chromium");
        Process process = new ProcessBuilder(
                        program().orElseThrow(() -> new IOException(MISSING)).toString(),
                        "--headless=new",
                        // Tests run as root in containers, where Chromium refuses its sandbox.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .start();
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread.ofPlatform().name("chromium-log").daemon().start(() -> read(process, address));
        try {
            return new Chromium(process, profile, address.get(START_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException failed) {
            process.destroyForcibly();
            throw new IOException("chromium did not start", failed);
        }
    }

    private static void read(Process process, CompletableFuture<String> address) {
        StringBuilder said = new StringBuilder();
        try (BufferedReader in =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Matcher listens = LISTENS.matcher(line);
                if (listens.find()) {
                    address.complete(listens.group(1));
                } else if (!address.isDone()) {
                    said.append(line).append('\n');
                }
            }
        } catch (IOException ended) {
            said.append(ended);
        }
        address.completeExceptionally(new IOException("chromium ended: " + said));
    }

    /** An empty page of its own. */
    public Tab newTab() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + "/json/new?about:blank"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .timeout(Duration.ofSeconds(60))
                .build();
        String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        String socket =
                new ObjectMapper().readTree(answer).path("webSocketDebuggerUrl").asText();
        return Tab.connect(http, URI.create(socket));
    }

    @Override
    public void close() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        Runtime.getRuntime().removeShutdownHook(reaper);
        http.shutdownNow();
        // A helper process that is just ending may still write: what is left then is a few files in the folder for
        // such.
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException changing) {
            profile.toFile().deleteOnExit();
        }
    }
}
