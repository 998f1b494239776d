package dev.lastcall.support.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A chunked body without its framing. A connection that closes before the last chunk is an error, never an end. */
final class ChunkedInputStream extends InputStream {

    private final InputStream in;
    private long left;
    private boolean started;
    private boolean ended;

    ChunkedInputStream(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (ended || !atData()) {
            return -1;
        }
        int count = in.read(to, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw new EOFException("closed within a chunk");
        }
        left -= count;
        return count;
    }

    private boolean atData() throws IOException {
        if (left > 0) {
            return true;
        }
        if (started) {
            HttpHead.line(in, false);
        }
        started = true;
        String size = String.valueOf(HttpHead.line(in, false));
        try {
            left = Long.parseLong(size.split(";", 2)[0].strip(), 16);
        } catch (NumberFormatException e) {
            throw new IOException("not a chunk size: " + size, e);
        }
        if (left == 0) {
            String trailer;
            do {
                trailer = HttpHead.line(in, false);
            } while (trailer != null && !trailer.isEmpty());
            ended = true;
        }
        return !ended;
    }
}
