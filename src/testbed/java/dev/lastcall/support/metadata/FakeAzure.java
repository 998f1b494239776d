package dev.lastcall.support.metadata;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Azure's metadata service with Scheduled Events: refuses who does not send {@code Metadata: true} or a version. */
public final class FakeAzure implements Closeable {

    public static final String EVENTS = "/metadata/scheduledevents";
    public static final String NAME = "/metadata/instance/compute/name";

    private static final DateTimeFormatter RFC_1123 = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final AtomicInteger incarnation = new AtomicInteger();
    private final FakeMetadata service = new FakeMetadata(request ->
            request.header("Metadata").equals("true") && request.query().contains("api-version=")
                    ? Optional.empty()
                    : Optional.of(Reaction.status(400)));

    public FakeAzure() {
        none();
        service.always(NAME, Reaction.ok("gpu_3"));
    }

    /** No event. */
    public void none() {
        service.always(EVENTS, Reaction.ok(document("")));
    }

    /** One event from now on; gives the time in it. */
    public Instant event(String id, String type, String resource, Duration in) {
        Instant at = Instant.ofEpochSecond(service.now().plus(in).getEpochSecond());
        service.always(EVENTS, Reaction.ok(document(event(id, type, resource, "Scheduled", RFC_1123.format(at)))));
        return at;
    }

    /** One event that has started, without a time. */
    public void started(String id, String type, String resource) {
        service.always(EVENTS, Reaction.ok(document(event(id, type, resource, "Started", ""))));
    }

    private static String event(String id, String type, String resource, String status, String notBefore) {
        return """
                {"EventId":"%s","EventStatus":"%s","EventType":"%s","ResourceType":"VirtualMachine",
                "Resources":["%s"],"NotBefore":"%s","Description":"","EventSource":"Platform","DurationInSeconds":-1}""".formatted(id, status, type, resource, notBefore);
    }

    private String document(String events) {
        return "{\"DocumentIncarnation\":" + incarnation.incrementAndGet() + ",\"Events\":[" + events + "]}";
    }

    public FakeMetadata service() {
        return service;
    }

    public String url() {
        return service.url();
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
