package dev.lastcall.metrics;

import java.io.IOException;
import java.io.Writer;

/**
 * Leaves out the comma that the client library writes after the last label in the text format. It is allowed and nobody else
 * writes it: a line is the same in both formats without it, for whoever looks for one with {@code grep}.
 */
final class WithoutLastComma extends Writer {

    private final Writer out;
    private boolean lineBegins = true;
    private boolean comment;
    private boolean quoted;
    private boolean escaped;
    /** A comma outside of a label's value that is still to be written. */
    private boolean comma;

    WithoutLastComma(Writer out) {
        this.out = out;
    }

    @Override
    public void write(int character) throws IOException {
        if (comma) {
            comma = false;
            if (character != '}') {
                out.write(',');
            }
        }
        if (character == ',' && !quoted && !comment) {
            comma = true;
        } else {
            out.write(character);
        }
        follow(character);
    }

    @Override
    public void write(String text, int offset, int count) throws IOException {
        for (int i = offset; i < offset + count; i++) {
            write(text.charAt(i));
        }
    }

    @Override
    public void write(char[] text, int offset, int count) throws IOException {
        for (int i = offset; i < offset + count; i++) {
            write(text[i]);
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private void follow(int character) {
        if (character == '\n') {
            lineBegins = true;
            comment = false;
            return;
        }
        comment |= lineBegins && character == '#';
        lineBegins = false;
        if (character == '"' && !comment && !escaped) {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
    }
}
