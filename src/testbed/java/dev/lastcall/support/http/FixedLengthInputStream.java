package dev.lastcall.support.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** A body of announced length. A connection that closes earlier is an error, never an end. */
final class FixedLengthInputStream extends InputStream {

    private final InputStream in;
    private long left;

    FixedLengthInputStream(InputStream in, long length) {
        this.in = in;
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int count = in.read(to, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw new EOFException("closed with " + left + " bytes missing");
        }
        left -= count;
        return count;
    }
}
