package dev.lastcall.worker.cli;

import dev.lastcall.worker.queue.JobQueue;
import dev.lastcall.worker.queue.QueueState;
import java.io.Console;

/** {@code watch}: how the queue empties, until it is empty. One line that changes on a terminal, else one every five seconds. */
public final class WatchCommand {

    private static final int TERMINAL_MILLIS = 500;
    private static final int LINE_MILLIS = 5000;

    private final JobQueue queue;

    public WatchCommand(JobQueue queue) {
        this.queue = queue;
    }

    public int run() {
        Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        QueueState first = queue.state();
        QueueState state = first;
        while (true) {
            String line = ProgressLine.of(first, state);
            if (terminal) {
                System.out.print("\r\u001B[K" + line);
                System.out.flush();
            } else {
                System.out.println(line);
            }
            if (state.open() == 0) {
                break;
            }
            try {
                Thread.sleep(terminal ? TERMINAL_MILLIS : LINE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            state = queue.state();
        }
        if (terminal) {
            System.out.println();
        }
        return 0;
    }
}
