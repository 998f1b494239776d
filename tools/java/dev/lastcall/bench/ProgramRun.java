package dev.lastcall.bench;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A measured program while it runs; killed when it is closed, and by the kernel should the bench be killed. */
final class ProgramRun implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    /** What a Prometheus server sends: it takes its answers compressed, and the compressing is part of a scrape. */
    private static final String ACCEPT =
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final Program program;
    private final ChildProcess process;
    private final HttpRequest metrics;
    private final double readyMillis;

    /** Starts it and returns when it is ready. */
    ProgramRun(Program program, Path folder) throws IOException, InterruptedException {
        this.program = program;
        int port = FreePort.find();
        int secondPort = FreePort.find();
        this.metrics = HttpRequest.newBuilder(URI.create(Program.at(program.metrics(), port, secondPort)))
                .timeout(Duration.ofSeconds(10))
                .header("Accept", ACCEPT)
                .header("Accept-Encoding", "gzip")
                .build();
        HttpRequest ready = HttpRequest.newBuilder(URI.create(Program.at(program.ready(), port, secondPort)))
                .timeout(Duration.ofSeconds(10))
                .build();
        long began = System.nanoTime();
        this.process = ChildProcess.start(
                program.name(),
                program.commandLine(port, secondPort),
                Map.of(),
                folder.resolve(program.name().replaceAll("\\W+", "-") + ".log"));
        try {
            while (!answers(ready)) {
                if (!process.alive() || System.nanoTime() - began > START_LIMIT.toNanos()) {
                    throw new IOException(program.name() + " was not ready within " + START_LIMIT.toSeconds() + " s\n"
                            + process.tail(20));
                }
                LockSupport.parkNanos(1_000_000);
            }
        } catch (IOException | InterruptedException | RuntimeException failed) {
            process.close();
            throw failed;
        }
        this.readyMillis = (System.nanoTime() - began) / 1e6;
    }

    /** From the start of the process to the first 200. */
    double readyMillis() {
        return readyMillis;
    }

    /** @throws IOException if it has ended: its figures are those of nothing */
    ProcessReading read() throws IOException {
        if (!process.alive()) {
            throw new IOException(program.name() + " has ended\n" + process.tail(20));
        }
        return ProcessReading.of(process.handle().pid());
    }

    /** As a Prometheus server does. */
    void scrape() throws IOException, InterruptedException {
        int status = HTTP.send(metrics, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status != 200) {
            throw new IOException(program.name() + " answered a scrape with " + status);
        }
    }

    /** Samples in one answer. */
    long samples() throws IOException, InterruptedException {
        HttpRequest plain = HttpRequest.newBuilder(metrics.uri()).build();
        return HTTP.send(plain, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .count();
    }

    /** How long a start with nothing to start takes. */
    static double emptyMillis(Program program, Path folder) throws Exception {
        long began = System.nanoTime();
        try (ChildProcess nothing =
                ChildProcess.start("true", program.emptyCommandLine(), Map.of(), folder.resolve("nothing.log"))) {
            nothing.handle().onExit().get();
            return (System.nanoTime() - began) / 1e6;
        }
    }

    private static boolean answers(HttpRequest request) throws InterruptedException {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notListening) {
            return false;
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
