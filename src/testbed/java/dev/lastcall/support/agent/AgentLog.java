package dev.lastcall.support.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What a process writes, line by line, read on a thread of its own until the process ends. */
final class AgentLog {
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;

    AgentLog(InputStream output, Consumer<String> onLine) {
        this.reader = Thread.ofPlatform().name("agent-log").daemon().start(() -> copy(output, onLine));
    }

    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    String transcript() {
        return String.join("\n", lines());
    }

    /** Waits for a line that has been or will be written. */
    String await(Predicate<String> wanted, Duration limit) throws InterruptedException, TimeoutException {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lines) {
            int seen = 0;
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (wanted.test(lines.get(seen))) {
                        return lines.get(seen);
                    }
                }
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new TimeoutException("no such line within " + limit + "; log so far:\n" + transcript());
                }
                lines.wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            }
        }
    }

    /** Waits for the end of the output. */
    void join(Duration limit) throws InterruptedException {
        reader.join(limit);
    }

    private void copy(InputStream output, Consumer<String> onLine) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
                onLine.accept(line);
            }
        } catch (IOException ended) {
            // Killed while a line was being read: what came before stands in the list.
        }
    }
}
