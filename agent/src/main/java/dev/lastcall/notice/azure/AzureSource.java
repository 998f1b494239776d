package dev.lastcall.notice.azure;

import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.http.Answer;
import dev.lastcall.notice.http.MetadataClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks for Scheduled Events. The first question switches them on and may take two minutes. Who this machine is comes
 * from the Node's providerID, else once from the service itself; without a name no event can be ours. Never approves an
 * event: an approval counts for every machine the event names.
 */
public final class AzureSource implements NoticeSource.Polled {

    public static final String EVENTS = "/metadata/scheduledevents";
    public static final String NAME = "/metadata/instance/compute/name";

    private static final Map<String, String> HEADERS = Map.of("Metadata", "true");

    private final MetadataClient client;
    private final Duration interval;
    private final Duration firstLimit;
    private final Duration limit;
    private @Nullable OwnMachine own;
    private boolean switchedOn;

    public AzureSource(
            MetadataClient client,
            @Nullable String providerId,
            Duration interval,
            Duration firstLimit,
            Duration limit) {
        this.client = client;
        this.interval = interval;
        this.firstLimit = firstLimit;
        this.limit = limit;
        this.own = OwnMachine.ofProviderId(providerId).orElse(null);
    }

    @Override
    public SourceId id() {
        return SourceId.AZURE;
    }

    @Override
    public Duration interval() {
        return interval;
    }

    @Override
    public Observation poll() throws InterruptedException {
        OwnMachine self = own;
        if (self == null) {
            Answer answer = client.get(NAME + "?api-version=2021-02-01&format=text", HEADERS, limit);
            Optional<OwnMachine> machine = ownMachine(answer);
            if (machine.isEmpty()) {
                return whyNot(answer);
            }
            self = machine.get();
            own = self;
        }
        OwnMachine machine = self;
        Answer answer = client.get(EVENTS + "?api-version=2020-07-01", HEADERS, switchedOn ? limit : firstLimit);
        if (answer instanceof Answer.Reply reply && reply.status() == 404) {
            // Azure answers "none" with an empty array; a 404 is another service.
            return new Observation.Failed("404", "answered HTTP 404");
        }
        Observation observation = answer.read(body -> ScheduledEventsDocument.parse(body, machine));
        switchedOn |= !(observation instanceof Observation.Failed);
        return observation;
    }

    private static Optional<OwnMachine> ownMachine(Answer answer) {
        return answer instanceof Answer.Reply reply && reply.status() == 200 && isName(reply.body())
                ? Optional.of(new OwnMachine(Set.of(reply.body())))
                : Optional.empty();
    }

    private static boolean isName(String body) {
        return body.strip().matches("[A-Za-z0-9._-]{1,80}");
    }

    private static Observation whyNot(Answer answer) {
        Observation failure = answer.read(body -> dev.lastcall.notice.Parsed.none());
        return failure instanceof Observation.Failed
                ? failure
                : new Observation.Failed("malformed", "the service does not say which machine this is");
    }
}
