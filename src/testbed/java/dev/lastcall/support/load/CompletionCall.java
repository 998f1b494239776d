package dev.lastcall.support.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.http.HttpHead;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One request on a connection of its own, from the first SYN to whatever ends it. */
final class CompletionCall {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A plain request shows no byte before its end, so a quick 5xx is a refusal and a late one ended work under way.
     */
    private static final Duration REFUSED_WITHIN = Duration.ofSeconds(1);

    private final int number;
    private final InetSocketAddress target;
    private final LoadPlan plan;
    private final InstantSource clock;
    private final Duration asked;
    private final boolean stream;
    private final Instant start;
    private final Socket socket = new Socket();
    private final AnswerReader answer = new AnswerReader();
    private volatile boolean runEnded;
    private volatile @Nullable Instant firstByte;
    private volatile @Nullable String pod;

    CompletionCall(int number, InetSocketAddress target, LoadPlan plan, InstantSource clock) {
        this.number = number;
        this.target = target;
        this.plan = plan;
        this.clock = clock;
        this.asked = plan.duration(number);
        this.stream = plan.streams(number);
        this.start = clock.instant();
    }

    /** Never throws: whatever happens is an outcome. */
    RequestRecord run() {
        Outcome outcome;
        try (socket) {
            outcome = exchange();
        } catch (ConnectException e) {
            outcome = new Outcome.Rejected("connection refused");
        } catch (SocketTimeoutException e) {
            outcome = new Outcome.Cut(Outcome.How.SILENCE);
        } catch (EOFException e) {
            outcome = closed(Outcome.How.FIN);
        } catch (IOException e) {
            outcome = runEnded ? new Outcome.Cut(Outcome.How.RUN_ENDED) : closed(Outcome.How.RESET);
        }
        return new RequestRecord(
                number, stream, asked, start, firstByte, clock.instant(), pod, answer.bytes(), outcome);
    }

    /** The request as far as it has come, with its end left open. */
    RequestRecord soFar(Instant end) {
        return new RequestRecord(
                number,
                stream,
                asked,
                start,
                firstByte,
                end,
                pod,
                answer.bytes(),
                new Outcome.Cut(Outcome.How.RUN_ENDED));
    }

    /** The run is over for it. */
    void end() {
        runEnded = true;
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone, which is what was wanted.
        }
    }

    private Outcome exchange() throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) plan.silence().toMillis());
        socket.connect(target, (int) plan.silence().toMillis());
        byte[] body = body().getBytes(StandardCharsets.UTF_8);
        String head = "POST /v1/completions HTTP/1.1\r\nhost: " + target.getHostString() + "\r\n"
                + "content-type: application/json\r\nconnection: close\r\ncontent-length: " + body.length + "\r\n\r\n";
        byte[] headBytes = head.getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[headBytes.length + body.length];
        System.arraycopy(headBytes, 0, request, 0, headBytes.length);
        System.arraycopy(body, 0, request, headBytes.length, body.length);
        socket.getOutputStream().write(request);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        HttpHead status = HttpHead.read(in);
        if (status == null) {
            throw new EOFException();
        }
        firstByte = clock.instant();
        pod = status.header("x-served-by");
        if (status.status() != 200) {
            String what = "HTTP " + status.status() + ": " + message(status, in);
            return refusedAtOnce() ? new Outcome.Rejected(what) : new Outcome.Errored(what);
        }
        return stream ? answer.stream(status.body(in)) : answer.plain(status.body(in));
    }

    private String body() {
        return String.format(
                Locale.ROOT,
                "{\"model\":\"%s\",\"prompt\":\"Once upon a time\",\"max_tokens\":%d,\"ignore_eos\":true,"
                        + "\"stream\":%b,%s\"lastcall_test_seconds\":%.3f}",
                plan.model(),
                plan.tokens().applyAsInt(asked),
                stream,
                stream ? "\"stream_options\":{\"include_usage\":true}," : "",
                asked.toMillis() / 1000.0);
    }

    private Outcome closed(Outcome.How how) {
        // vLLM sends the head of a stream when it admits it, so no byte = not admitted. A plain request shows nothing
        // before its end: it may have been under way, and in doubt it is lost.
        return firstByte == null && stream
                ? new Outcome.Rejected("closed before any byte (" + how + ")")
                : new Outcome.Cut(how);
    }

    private boolean refusedAtOnce() {
        return stream || Duration.between(start, clock.instant()).compareTo(REFUSED_WITHIN) < 0;
    }

    private static String message(HttpHead status, InputStream in) {
        try {
            JsonNode json = JSON.readTree(status.body(in).readAllBytes());
            return json.path("error").path("message").asText();
        } catch (IOException e) {
            return "unreadable body";
        }
    }
}
