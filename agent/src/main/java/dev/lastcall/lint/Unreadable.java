package dev.lastcall.lint;

/** Input that can't be read. Its message is one line for the user: where, what, and what to do. */
final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    Unreadable(String message) {
        super(message);
    }

    String line() {
        return String.valueOf(getMessage());
    }
}
