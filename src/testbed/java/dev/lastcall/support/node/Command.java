package dev.lastcall.support.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A short program run to its end, its output kept. */
record Command(int code, String output) {

    /** Never throws for what the program does: a program that is not there answers 127. */
    static Command run(List<String> line) {
        try {
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return new Command(process.waitFor(), output);
        } catch (IOException e) {
            return new Command(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Command(130, "interrupted");
        }
    }

    static Command run(String... line) {
        return run(List.of(line));
    }

    /** Runs it and insists on success. @return what it said */
    static String must(String... line) {
        Command done = run(line);
        if (!done.ok()) {
            throw new UncheckedIOException(
                    new IOException(String.join(" ", line) + " ended with " + done.code + ": " + done.output));
        }
        return done.output;
    }

    boolean ok() {
        return code == 0;
    }
}
