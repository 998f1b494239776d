package dev.lastcall.pipeline;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainStory;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.drain.PodRef;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.metrics.NoticeMeters;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.web.RecentDrains;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import java.time.temporal.ChronoUnit;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/** Those who look on at a drain: metrics, the log, Kubernetes Events, the webhook. They can be slow; the drain never waits for them. */
@ApplicationScoped
public class DrainObservers {
    private static final Logger LOG = Logger.getLogger("dev.lastcall.drain");

    private final DrainMeters meters;
    private final NoticeMeters notices;
    private final EventRecorder events;
    private final WebhookBeans webhook;
    private final RecentDrains recent;

    DrainObservers(
            DrainMeters meters, NoticeMeters notices, EventRecorder events, WebhookBeans webhook, RecentDrains recent) {
        this.recent = recent;
        this.meters = meters;
        this.notices = notices;
        this.events = events;
        this.webhook = webhook;
    }

    @Incoming("drain-events")
    void hear(DrainEvent event) {
        meters.count(event);
        if (event instanceof DrainEvent.Cordoned cordoned) {
            notices.cordoned(cordoned.sinceAnswer());
        }
        if (event instanceof DrainEvent.Completed completed) {
            recent.add(completed.report().toMap());
        }
        DrainStory.of(event).ifPresent(this::tell);
        webhook.hear(event);
    }

    /** Blindness is the one trouble that nobody notices by its absence. */
    void blind(@ObservesAsync SourceHealth source) {
        events.onNode(
                true,
                "NoticeSourceBlind",
                source.id().label() + " has not answered since "
                        + source.since().truncatedTo(ChronoUnit.SECONDS) + ", so a reclaim would come without a drain."
                        + " Likely cause: " + source.likelyCause());
    }

    private void tell(DrainStory story) {
        PodRef pod = story.pod();
        String about = pod == null ? "" : pod + ": ";
        LOG.log(story.warning() ? Logger.Level.WARN : Logger.Level.INFO, about + story.text());
        if (story.reason() == null) {
            return;
        }
        if (pod == null) {
            events.onNode(story.warning(), story.reason(), story.text());
        } else {
            events.onPod(pod, story.warning(), story.reason(), story.text(), "Drain");
        }
    }
}
