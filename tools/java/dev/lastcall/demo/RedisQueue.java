package dev.lastcall.demo;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A real Redis that keeps what it confirmed, asked through {@code redis-cli} as a person would. */
final class RedisQueue implements AutoCloseable {

    private static final String QUEUE = "inference-jobs";

    private final int port;
    private final ChildProcess server;

    private RedisQueue(int port, ChildProcess server) {
        this.port = port;
        this.server = server;
    }

    /** Whether both programs are there; the package redis-server brings them. */
    static boolean installed() {
        return List.of("redis-server", "redis-cli").stream()
                .allMatch(program -> List.of(System.getenv("PATH").split(":")).stream()
                        .anyMatch(folder -> Path.of(folder, program).toFile().canExecute()));
    }

    static RedisQueue start(Path folder) throws IOException {
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

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    boolean answers() {
        return ask("PING").equals("PONG");
    }

    long pending() {
        return number("LLEN", QUEUE);
    }

    long leased() {
        return number("ZCARD", QUEUE + ":leases");
    }

    long results() {
        return number("HLEN", QUEUE + ":results");
    }

    long dead() {
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
