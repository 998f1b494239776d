package dev.lastcall.migplan.command;

/** What the user gave can't be used; the message is one line that says what and what instead. */
final class BadInput extends Exception {
    private static final long serialVersionUID = 1L;

    BadInput(String line) {
        super(line);
    }

    String line() {
        return String.valueOf(getMessage());
    }
}
