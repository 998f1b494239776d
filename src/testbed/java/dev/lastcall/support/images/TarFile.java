package dev.lastcall.support.images;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Writes a ustar archive whose bytes depend on its content alone: owner root, time 0. */
final class TarFile implements AutoCloseable {

    private static final int BLOCK = 512;

    private final OutputStream out;

    TarFile(OutputStream out) {
        this.out = out;
    }

    void file(String name, byte[] content, int mode) throws IOException {
        header(name, '0', content.length, mode);
        out.write(content);
        pad(content.length);
    }

    void file(String name, Path content, int mode) throws IOException {
        long size = Files.size(content);
        header(name, '0', size, mode);
        Files.copy(content, out);
        pad(size);
    }

    void directory(String name, int mode) throws IOException {
        header(name.endsWith("/") ? name : name + "/", '5', 0, mode);
    }

    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.close();
    }

    /** Offsets: POSIX.1-1988 (ustar). */
    private void header(String name, char type, long size, int mode) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 100) {
            throw new IOException("the name is too long for this archive: " + name);
        }
        byte[] block = new byte[BLOCK];
        System.arraycopy(bytes, 0, block, 0, bytes.length);
        octal(block, 100, 8, mode);
        octal(block, 108, 8, 0);
        octal(block, 116, 8, 0);
        octal(block, 124, 12, size);
        octal(block, 136, 12, 0);
        block[156] = (byte) type;
        text(block, 257, "ustar\00000");
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        text(block, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        out.write(block);
    }

    private static void octal(byte[] block, int at, int width, long value) {
        text(block, at, String.format(Locale.ROOT, "%0" + (width - 1) + "o", value));
    }

    private static void text(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }
}
