package dev.lastcall.support.engine;

import dev.lastcall.support.engine.Sequence.Signal;
import dev.lastcall.support.http.HttpHead;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One client connection. Its own thread always reads: the next request, or the client's FIN while a completion is
 * written by a thread beside it.
 */
final class EngineConnection {

    /** Idle connections get their FIN this long after the last byte. */
    private static final int KEEP_ALIVE_MILLIS = 5000;

    private final VllmEngine engine;
    private final Socket socket;
    private volatile @Nullable Sequence current;
    private volatile @Nullable Thread writer;

    EngineConnection(VllmEngine engine, Socket socket) {
        this.engine = engine;
        this.socket = socket;
    }

    /** Whether a client waits here for the rest of an answer. */
    boolean busy() {
        Thread thread = writer;
        return thread != null && thread.isAlive();
    }

    void serve() {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(KEEP_ALIVE_MILLIS);
            PushbackInputStream in = new PushbackInputStream(new BufferedInputStream(socket.getInputStream()), 1);
            Answers answers = new Answers(
                    socket.getOutputStream(),
                    engine.servedBy(),
                    engine.options().model());
            while (awaitByte(in)) {
                HttpHead head = HttpHead.read(in);
                if (head == null) {
                    return;
                }
                byte[] body = head.requestBody(in);
                if (head.path().equals("/v1/completions")) {
                    complete(body, answers, head.closes());
                } else {
                    engine.answer(head.path(), answers, head.closes());
                    if (head.closes()) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            // The client left in the middle of something, or the engine closed under it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Sequence sequence = current;
            if (sequence != null) {
                sequence.signal(Signal.CLIENT_GONE);
            }
            engine.closed(this);
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        }
    }

    /** True when a request begins, false at the client's FIN or when the connection idled too long. */
    private boolean awaitByte(PushbackInputStream in) throws IOException, InterruptedException {
        while (true) {
            boolean wasBusy = busy();
            try {
                int first = in.read();
                if (first < 0) {
                    return false;
                }
                in.unread(first);
                Thread before = writer;
                if (before != null) {
                    before.join();
                }
                return true;
            } catch (SocketTimeoutException e) {
                if (!wasBusy && !busy()) {
                    return false;
                }
            }
        }
    }

    private void complete(byte[] body, Answers answers, boolean close) throws IOException {
        CompletionRequest request;
        try {
            request = CompletionRequest.parse(body, engine.options());
        } catch (CompletionRequest.Refused e) {
            refuse(answers, e.status, e.reason(), close);
            return;
        }
        Sequence sequence = new Sequence(request.promptTokens());
        switch (engine.scheduler().submit(sequence)) {
            case FULL -> refuse(answers, 503, "the queue is full (max_num_queued_reqs)", close);
            case CLOSED -> refuse(answers, 500, "cannot schedule new futures after shutdown", close);
            case DEAD -> refuse(answers, 500, "EngineCore encountered an issue.", close);
            case ACCEPTED -> {
                current = sequence;
                Generation generation = new Generation(
                        "cmpl-" + UUID.randomUUID(),
                        request,
                        sequence,
                        engine.scheduler(),
                        answers,
                        engine.options().flush().toNanos(),
                        close);
                writer = Thread.ofVirtual().start(() -> write(generation, close));
            }
        }
    }

    private void refuse(Answers answers, int status, String message, boolean close) throws IOException {
        answers.error(status, message, close);
        if (close) {
            close();
        }
    }

    private void write(Generation generation, boolean close) {
        try {
            generation.run();
            if (close) {
                close();
            }
        } catch (IOException e) {
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
