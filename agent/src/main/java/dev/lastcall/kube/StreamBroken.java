package dev.lastcall.kube;

import java.io.Serial;

/** A watch that could not be opened or ended in an error; {@code status} 0 where no HTTP answer says why. */
final class StreamBroken extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    private final int status;

    StreamBroken(int status, String reason) {
        super(reason);
        this.status = status;
    }

    int status() {
        return status;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
