package dev.lastcall.support.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A proxy that loses its place in the byte stream breaks every request after it. */
class HttpMessageTest {

    @Test
    void a_chunked_answer_is_passed_on_byte_for_byte_and_no_further() throws IOException {
        String answer =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nT: v\r\n\r\n";
        InputStream in = bytes(answer + "HTTP/1.1 204 No Content\r\n\r\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        HttpMessage head = HttpMessage.read(in).orElseThrow();
        head.write(out);
        boolean more = head.relayResponseBody("GET", in, out);

        assertThat(more).isTrue();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(answer);
        assertThat(HttpMessage.read(in).orElseThrow().status()).isEqualTo(204);
    }

    @Test
    void an_answer_without_a_length_ends_with_the_connection() throws IOException {
        InputStream in = bytes("HTTP/1.0 200 OK\r\n\r\nall of it");
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        boolean more = HttpMessage.read(in).orElseThrow().relayResponseBody("GET", in, out);

        assertThat(more).isFalse();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("all of it");
    }

    @Test
    void a_head_request_has_no_body_whatever_the_length_says() throws IOException {
        InputStream in = bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");

        assertThat(HttpMessage.read(in).orElseThrow().relayResponseBody("HEAD", in, new ByteArrayOutputStream()))
                .isTrue();
    }

    @Test
    void a_chunked_request_is_read_whole() throws IOException {
        InputStream in = bytes("POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");

        byte[] body = HttpMessage.read(in).orElseThrow().readRequestBody(in);

        assertThat(body).asString(StandardCharsets.UTF_8).isEqualTo("abc");
    }

    @Test
    void a_body_that_is_cut_short_is_an_error_not_a_shorter_body() throws IOException {
        InputStream in = bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
        HttpMessage head = HttpMessage.read(in).orElseThrow();

        assertThatThrownBy(() -> head.relayResponseBody("GET", in, new ByteArrayOutputStream()))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void a_closed_connection_is_no_message() throws IOException {
        assertThat(HttpMessage.read(bytes(""))).isEmpty();
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
