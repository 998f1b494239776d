package dev.lastcall.notice;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The sources by their public names: the {@code source} label in metrics and in the drain annotation.
 *
 * <p>A source is final when the absence of its notice takes nothing back: a stray 404 must not uncordon a doomed node.
 */
public enum SourceId {
    AWS_SPOT(Cloud.AWS, true),
    AWS_REBALANCE(Cloud.AWS, false),
    AWS_EVENTS(Cloud.AWS, false),
    AWS_ASG(Cloud.AWS, true),
    GCP_PREEMPTED(Cloud.GCP, true),
    GCP_MAINTENANCE(Cloud.GCP, false),
    GCP_UPCOMING(Cloud.GCP, false),
    AZURE(Cloud.AZURE, false),
    ALIBABA(Cloud.ALIBABA, true),
    TENCENT(Cloud.TENCENT, true),
    NODE_MARKS(Cloud.NONE, false),
    SIMULATE(Cloud.NONE, false),
    GPU(Cloud.NONE, false);

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final Cloud cloud;
    private final boolean decisive;

    SourceId(Cloud cloud, boolean decisive) {
        this.cloud = cloud;
        this.decisive = decisive;
    }

    /** The public name, for example {@code aws-spot}. */
    public String label() {
        return label;
    }

    /** Whose metadata service it reads; {@link Cloud#NONE} for what comes from the Node object. */
    public Cloud cloud() {
        return cloud;
    }

    /** What its notices can be, so that their counters stand at 0 before the first one. */
    public Set<NoticeKind> kinds() {
        return switch (this) {
            case AWS_SPOT -> EnumSet.of(NoticeKind.SPOT, NoticeKind.HIBERNATE);
            case AWS_REBALANCE -> EnumSet.of(NoticeKind.REBALANCE);
            case AWS_EVENTS -> EnumSet.of(NoticeKind.REBOOT, NoticeKind.MAINTENANCE);
            case AWS_ASG -> EnumSet.of(NoticeKind.TERMINATE);
            case GCP_PREEMPTED -> EnumSet.of(NoticeKind.PREEMPT);
            case GCP_MAINTENANCE, GCP_UPCOMING -> EnumSet.of(NoticeKind.MAINTENANCE);
            case AZURE ->
                EnumSet.of(
                        NoticeKind.PREEMPT,
                        NoticeKind.TERMINATE,
                        NoticeKind.REBOOT,
                        NoticeKind.MAINTENANCE,
                        NoticeKind.FREEZE);
            case ALIBABA, TENCENT -> EnumSet.of(NoticeKind.SPOT);
            case NODE_MARKS -> EnumSet.of(NoticeKind.NODE_MARK);
            case SIMULATE -> EnumSet.of(NoticeKind.SIMULATED);
            case GPU -> EnumSet.of(NoticeKind.GPU);
        };
    }

    /** True if a notice of this source cannot be taken back. */
    public boolean isFinal() {
        return decisive;
    }

    /**
     * True if it has room for one announcement at a time: another time there is the same interruption, moved. AWS's own
     * mock, for one, gives a later time with every answer.
     */
    public boolean saysOneThing() {
        return switch (this) {
            case AWS_SPOT, AWS_REBALANCE, AWS_ASG, GCP_PREEMPTED, GCP_MAINTENANCE, GCP_UPCOMING, ALIBABA, TENCENT ->
                true;
            case AWS_EVENTS, AZURE, NODE_MARKS, SIMULATE, GPU -> false;
        };
    }

    /** The source with this public name; empty for a name of none. */
    public static Optional<SourceId> ofLabel(String label) {
        return Arrays.stream(values()).filter(id -> id.label.equals(label)).findFirst();
    }
}
