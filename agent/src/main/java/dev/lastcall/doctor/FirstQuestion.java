package dev.lastcall.doctor;

import dev.lastcall.drain.NodeView;
import dev.lastcall.notice.Cloud;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.alibaba.AlibabaSource;
import dev.lastcall.notice.aws.ImdsSource;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.azure.AzureSource;
import dev.lastcall.notice.gcp.GcpValues;
import dev.lastcall.notice.gcp.LongPoll;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.notice.tencent.TencentSource;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The question that the agent itself asks a cloud's metadata service first, once. On Azure it switches Scheduled Events on,
 * as the agent's own does, and may then go unanswered for two minutes.
 *
 * @param node the own Node; null where it could not be read
 */
record FirstQuestion(Cloud cloud, String endpoint, @Nullable NodeView node) {

    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration AZURE_FIRST_LIMIT = Duration.ofSeconds(10);
    private static final Duration ONCE = Duration.ofSeconds(1);

    SourceId source() {
        return switch (cloud) {
            case AWS -> SourceId.AWS_SPOT;
            case GCP -> SourceId.GCP_PREEMPTED;
            case AZURE -> SourceId.AZURE;
            case ALIBABA -> SourceId.ALIBABA;
            case TENCENT -> SourceId.TENCENT;
            case NONE -> throw new IllegalArgumentException("nobody is asked there");
        };
    }

    Observation ask(InstantSource clock) throws InterruptedException {
        try (MetadataClient client = new MetadataClient(endpoint, clock)) {
            return polled(client).poll();
        }
    }

    private NoticeSource.Polled polled(MetadataClient client) {
        return switch (cloud) {
            case AWS ->
                new ImdsSource(
                        SourceId.AWS_SPOT,
                        new TokenSession(client, TokenSession.Dialect.AWS, LIMIT),
                        SpotAction.PATH,
                        SpotAction::parse,
                        ONCE);
            case GCP ->
                new LongPoll(
                        SourceId.GCP_PREEMPTED,
                        client,
                        GcpValues.PREEMPTED,
                        new GcpValues("", Duration.ofSeconds(30), () -> false)::preempted,
                        ONCE,
                        false);
            case AZURE ->
                new AzureSource(client, node == null ? null : node.providerId(), ONCE, AZURE_FIRST_LIMIT, LIMIT);
            case ALIBABA -> new AlibabaSource(client, ONCE, LIMIT);
            case TENCENT -> new TencentSource(client, ONCE, LIMIT);
            case NONE -> throw new IllegalArgumentException("nobody is asked there");
        };
    }
}
