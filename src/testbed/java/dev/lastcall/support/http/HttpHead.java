package dev.lastcall.support.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request or a response.
 *
 * @param startLine request line or status line, without its line end
 * @param headers by lower-case name, in the order of arrival; of a repeated name the last one counts
 */
public record HttpHead(String startLine, Map<String, String> headers) {

    private static final int LONGEST = 64 * 1024;

    public HttpHead {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** Reads up to the empty line; null when the peer closed before the first byte. */
    public static @Nullable HttpHead read(InputStream in) throws IOException {
        String startLine = line(in, true);
        if (startLine == null) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        int size = startLine.length();
        while (true) {
            String line = line(in, false);
            if (line == null || line.isEmpty()) {
                return new HttpHead(startLine, headers);
            }
            size += line.length();
            int colon = line.indexOf(':');
            if (colon < 1 || size > LONGEST) {
                throw new IOException("not an HTTP header: " + line);
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    public String method() {
        return word(0);
    }

    /** The target without its query. */
    public String path() {
        String target = word(1);
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Of a response. */
    public int status() throws IOException {
        try {
            return Integer.parseInt(word(1));
        } catch (NumberFormatException e) {
            throw new IOException("not an HTTP status line: " + startLine, e);
        }
    }

    public @Nullable String header(String lowerCaseName) {
        return headers.get(lowerCaseName);
    }

    public boolean closes() {
        return "close".equalsIgnoreCase(header("connection")) || startLine.endsWith("HTTP/1.0");
    }

    /** The body that follows this head; one without length or chunks ends with the connection. */
    public InputStream body(InputStream in) throws IOException {
        if ("chunked".equalsIgnoreCase(header("transfer-encoding"))) {
            return new ChunkedInputStream(in);
        }
        String length = header("content-length");
        return length == null ? in : new FixedLengthInputStream(in, Long.parseLong(length));
    }

    /** The body of a request: empty unless a length or chunks announce one. */
    public byte[] requestBody(InputStream in) throws IOException {
        boolean announced = header("transfer-encoding") != null || header("content-length") != null;
        return announced ? body(in).readAllBytes() : new byte[0];
    }

    public byte[] toBytes() {
        StringBuilder text = new StringBuilder(startLine).append("\r\n");
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private String word(int index) {
        String[] words = startLine.split(" ", 3);
        return index < words.length ? words[index] : "";
    }

    /** A line without its end; null at the end of the stream if that is allowed here. */
    static @Nullable String line(InputStream in, boolean endAllowed) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        while (true) {
            int b = in.read();
            if (b < 0) {
                if (endAllowed && line.size() == 0) {
                    return null;
                }
                throw new EOFException("closed within an HTTP line");
            }
            if (b == '\n') {
                String text = line.toString(StandardCharsets.ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() >= LONGEST) {
                throw new IOException("HTTP line too long");
            }
            line.write(b);
        }
    }
}
