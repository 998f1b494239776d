package dev.lastcall.metrics;

import java.io.Writer;
import java.util.Arrays;

/**
 * Collects text as UTF-8 in one array. The exposition is written character by character: a {@link java.io.StringWriter} locks
 * for each of them, and its text would then be copied twice more on its way to the socket. Not for use by several threads.
 */
final class PageWriter extends Writer {

    private byte[] bytes = new byte[1 << 14];
    private int length;
    /** The first half of a surrogate pair whose second is still to come; 0 = none. */
    private char high;

    /** Begins anew, in the same array. */
    void clear() {
        length = 0;
        high = 0;
    }

    @Override
    public void write(int character) {
        put((char) character);
    }

    @Override
    public void write(String text, int offset, int count) {
        room(count);
        for (int i = offset; i < offset + count; i++) {
            put(text.charAt(i));
        }
    }

    @Override
    public void write(char[] text, int offset, int count) {
        room(count);
        for (int i = offset; i < offset + count; i++) {
            put(text[i]);
        }
    }

    /** @param utf8 whole characters, as they shall stand on the page */
    void write(byte[] utf8) {
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
    }

    /** What was written is its first {@link #length()} bytes. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    private void put(char character) {
        room(4);
        if (character < 0x80 && high == 0) {
            bytes[length++] = (byte) character;
        } else {
            putWide(character);
        }
    }

    /** What is half a pair becomes a question mark, as {@link String#getBytes} does it. */
    private void putWide(char character) {
        if (high != 0) {
            char first = high;
            high = 0;
            if (Character.isLowSurrogate(character)) {
                encode(Character.toCodePoint(first, character));
                return;
            }
            bytes[length++] = '?';
            put(character);
        } else if (Character.isHighSurrogate(character)) {
            high = character;
        } else {
            encode(Character.isLowSurrogate(character) ? '?' : character);
        }
    }

    private void encode(int point) {
        if (point < 0x80) {
            bytes[length++] = (byte) point;
        } else if (point < 0x800) {
            bytes[length++] = (byte) (0xC0 | point >> 6);
            bytes[length++] = (byte) (0x80 | point & 0x3F);
        } else if (point < 0x10000) {
            bytes[length++] = (byte) (0xE0 | point >> 12);
            bytes[length++] = (byte) (0x80 | point >> 6 & 0x3F);
            bytes[length++] = (byte) (0x80 | point & 0x3F);
        } else {
            bytes[length++] = (byte) (0xF0 | point >> 18);
            bytes[length++] = (byte) (0x80 | point >> 12 & 0x3F);
            bytes[length++] = (byte) (0x80 | point >> 6 & 0x3F);
            bytes[length++] = (byte) (0x80 | point & 0x3F);
        }
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
