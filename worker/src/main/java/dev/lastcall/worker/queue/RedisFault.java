package dev.lastcall.worker.queue;

/** Redis did not do what it was asked; the message is one line for people. */
public final class RedisFault extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What kind of no it was. */
    public enum Kind {
        /** It could not be reached, is still loading, or the connection broke: the command may have run. */
        UNREACHABLE,
        /** It is there and refuses to write: full, a replica, or its disk fails. */
        READ_ONLY,
        /** It does not accept the password or the user's rights. */
        DENIED,
        /** Anything else; a fault of this program or of the data. */
        OTHER
    }

    private final Kind kind;

    public RedisFault(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
