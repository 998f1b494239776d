package dev.lastcall.support.batch;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A real Redis that keeps what it confirmed, asked through {@code redis-cli} as a person would. */
public final class RedisQueue implements AutoCloseable {

    private static final String QUEUE = "inference-jobs";

    private final int port;
    private final ChildProcess server;

    private RedisQueue(int port, ChildProcess server) {
        this.port = port;
        this.server = server;
    }

    /** Whether both programs are there; the package redis-server brings them. */
    public static boolean installed() {
        return List.of("redis-server", "redis-cli").stream()
                .allMatch(program -> List.of(System.getenv("PATH").split(":")).stream()
                        .anyMatch(folder -> Path.of(folder, program).toFile().canExecute()));
    }

    public static RedisQueue start(Path folder) throws IOException {
        int port = FreePort.find();
        List<String> command = List.of(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always");
        return new RedisQueue(port, ChildProcess.start("redis", command, Map.of(), folder.resolve("redis.log")));
    }

    /** Adds jobs, each one line of JSON, as a producer does. */
    public void push(String... jobs) {
        List<String> command = new java.util.ArrayList<>(List.of("RPUSH", QUEUE));
        command.addAll(List.of(jobs));
        if (number(command.toArray(String[]::new)) < jobs.length) {
            throw new IllegalStateException("Redis did not take the jobs");
        }
    }

    /** The result of a job as the worker wrote it; empty while there is none. */
    public String result(String job) {
        return ask("HGET", QUEUE + ":results", job);
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public boolean answers() {
        return ask("PING").equals("PONG");
    }

    public long pending() {
        return number("LLEN", QUEUE);
    }

    public long leased() {
        return number("ZCARD", QUEUE + ":leases");
    }

    public long results() {
        return number("HLEN", QUEUE + ":results");
    }

    /** Jobs that another worker could go on with from where the last one was. */
    public long checkpoints() {
        return number("HLEN", QUEUE + ":partial");
    }

    public long dead() {
        return number("LLEN", QUEUE + ":dead");
    }

    private long number(String... command) {
        String answer = ask(command);
        return answer.matches("[0-9]+") ? Long.parseLong(answer) : -1;
    }

    private String ask(String... command) {
        try {
            List<String> line = new java.util.ArrayList<>(List.of("redis-cli", "-p", Integer.toString(port)));
            line.addAll(List.of(command));
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
