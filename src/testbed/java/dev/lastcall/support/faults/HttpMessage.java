package dev.lastcall.support.faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Head of an HTTP/1.1 message as it stands on the wire, and the rules for the body that follows it (RFC 9112, 6). */
record HttpMessage(String startLine, List<Header> headers) {

    private static final int MAX_LINE = 64 * 1024;

    record Header(String name, String value) {
        boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    /** Empty if the peer closed the connection instead of sending another message. */
    static Optional<HttpMessage> read(InputStream in) throws IOException {
        String start = readLine(in);
        if (start.isEmpty()) {
            return Optional.empty();
        }
        List<Header> headers = new ArrayList<>();
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("not a header: " + line);
            }
            headers.add(new Header(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return Optional.of(new HttpMessage(start, List.copyOf(headers)));
    }

    Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .findFirst();
    }

    boolean mentions(String name, String token) {
        return header(name).orElse("").toLowerCase(Locale.ROOT).contains(token);
    }

    /** Of a response. */
    int status() {
        return Integer.parseInt(startLine.split(" ", 3)[1]);
    }

    HttpMessage without(String... names) {
        return new HttpMessage(
                startLine,
                headers.stream()
                        .filter(header -> List.of(names).stream().noneMatch(header::is))
                        .toList());
    }

    HttpMessage with(String name, String value) {
        List<Header> more = new ArrayList<>(without(name).headers);
        more.add(new Header(name, value));
        return new HttpMessage(startLine, List.copyOf(more));
    }

    void write(OutputStream out) throws IOException {
        StringBuilder text = new StringBuilder(startLine).append("\r\n");
        headers.forEach(header ->
                text.append(header.name()).append(": ").append(header.value()).append("\r\n"));
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The whole body of a request, without its framing. */
    byte[] readRequestBody(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (mentions("Transfer-Encoding", "chunked")) {
            for (int size = chunkSize(readLine(in)); size > 0; size = chunkSize(readLine(in))) {
                body.write(readExactly(in, size));
                readLine(in);
            }
            skipTrailers(in, OutputStream.nullOutputStream());
        } else {
            int length = header("Content-Length").map(Integer::parseInt).orElse(0);
            body.write(readExactly(in, length));
        }
        return body.toByteArray();
    }

    /**
     * Passes a response's body on as it comes, framing included.
     *
     * @return false if the body ends with the connection
     */
    boolean relayResponseBody(String requestMethod, InputStream in, OutputStream out) throws IOException {
        int status = status();
        if (requestMethod.equals("HEAD") || status == 204 || status == 304) {
            out.flush();
            return true;
        }
        if (mentions("Transfer-Encoding", "chunked")) {
            while (true) {
                String line = readLine(in);
                writeLine(out, line);
                int size = chunkSize(line);
                if (size == 0) {
                    skipTrailers(in, out);
                    out.flush();
                    return true;
                }
                out.write(readExactly(in, size));
                writeLine(out, readLine(in));
                // A watch event is one chunk: it has to arrive now.
                out.flush();
            }
        }
        Optional<String> length = header("Content-Length");
        if (length.isPresent()) {
            out.write(readExactly(in, Integer.parseInt(length.get())));
            out.flush();
            return true;
        }
        in.transferTo(out);
        out.flush();
        return false;
    }

    private static void skipTrailers(InputStream in, OutputStream out) throws IOException {
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            writeLine(out, line);
        }
        writeLine(out, "");
    }

    private static int chunkSize(String line) throws IOException {
        try {
            return Integer.parseInt(line.split(";", 2)[0].strip(), 16);
        } catch (NumberFormatException e) {
            throw new IOException("not a chunk size: " + line, e);
        }
    }

    private static byte[] readExactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the connection ended within a body");
        }
        return bytes;
    }

    private static void writeLine(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A line without its end; empty also at the end of the stream. */
    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
            if (line.size() > MAX_LINE) {
                throw new IOException("a line of more than " + MAX_LINE + " bytes");
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
