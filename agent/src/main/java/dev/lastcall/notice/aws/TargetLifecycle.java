package dev.lastcall.notice.aws;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * {@code /latest/meta-data/autoscaling/target-lifecycle-state}: one word, {@code InService} until the group decides
 * otherwise (Amazon EC2 Auto Scaling User Guide, "Retrieve the target lifecycle state through instance metadata").
 */
public final class TargetLifecycle {

    public static final String PATH = "/latest/meta-data/autoscaling/target-lifecycle-state";

    /**
     * The service names no time. With a termination hook the group waits for its heartbeat (an hour by default), without
     * one it waits for nothing; two minutes is what every peer assumes.
     */
    public static final Duration WINDOW = Duration.ofMinutes(2);

    private static final Pattern STATE = Pattern.compile("[A-Z][A-Za-z]{1,30}(:[A-Z][A-Za-z]{1,30})?");

    private TargetLifecycle() {}

    public static Parsed parse(String body) {
        String state = body.strip();
        if (state.equals("Terminated") || state.equals("Warmed:Terminated")) {
            return Parsed.one(Sighting.of(
                    Fingerprint.of(SourceId.AWS_ASG, state),
                    NoticeKind.TERMINATE,
                    SourceId.AWS_ASG,
                    new Due.Within(WINDOW)));
        }
        return STATE.matcher(state).matches()
                ? Parsed.none()
                : new Parsed.Garbled("target lifecycle state: not a state's name");
    }
}
