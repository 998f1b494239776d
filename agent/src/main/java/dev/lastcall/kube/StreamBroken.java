package dev.lastcall.kube;

import java.io.Serial;
import java.time.Duration;

/** A watch that could not be opened or ended in an error; {@code status} 0 where no HTTP answer says why. */
final class StreamBroken extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    private final int status;
    private final boolean silent;

    StreamBroken(int status, String reason) {
        this(status, reason, false);
    }

    private StreamBroken(int status, String reason, boolean silent) {
        super(reason);
        this.status = status;
        this.silent = silent;
    }

    /** Nothing came for too long: a dead connection, or a cluster where nothing at all happens. */
    static StreamBroken silent(Duration silence) {
        return new StreamBroken(0, "silent for " + silence.toSeconds() + " s", true);
    }

    boolean silent() {
        return silent;
    }

    int status() {
        return status;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
