package dev.lastcall.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The lines of an endless answer: bytes come on the client's event loop, lines are taken by the watch's thread. */
final class LineStream implements AutoCloseable {

    private sealed interface Item {}

    private record Line(String text) implements Item {}

    private record End(@Nullable String failure) implements Item {}

    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
    /** Only the event loop writes here. A line may be a whole pod of many kilobytes, split anywhere. */
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

    private volatile @Nullable AsyncBody body;

    void received(List<ByteBuffer> buffers, AsyncBody source) {
        for (ByteBuffer buffer : buffers) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            split(bytes);
        }
        source.consume();
    }

    void begin(AsyncBody source) {
        body = source;
        source.done()
                .whenComplete((done, failure) -> items.add(new End(failure == null ? null : ApiServer.words(failure))));
        source.consume();
    }

    /**
     * The next line, or empty at the stream's orderly end.
     *
     * @throws StreamBroken when the stream broke, or nothing came for as long as {@code silence}
     */
    Optional<String> next(Duration silence) throws StreamBroken, InterruptedException {
        Item item = items.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
        return switch (item) {
            case null -> throw StreamBroken.silent(silence);
            case Line line -> Optional.of(line.text());
            case End(var failure) when failure != null -> throw new StreamBroken(0, failure);
            case End end -> Optional.empty();
        };
    }

    @Override
    public void close() {
        AsyncBody open = body;
        if (open != null) {
            open.cancel();
        }
    }

    private void split(byte[] bytes) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                partial.write(bytes, start, i - start);
                if (partial.size() > 0) {
                    items.add(new Line(partial.toString(StandardCharsets.UTF_8)));
                }
                partial.reset();
                start = i + 1;
            }
        }
        partial.write(bytes, start, bytes.length - start);
    }
}
