package dev.lastcall.support.metadata;

import dev.lastcall.notice.Cloud;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The metadata services of all clouds on loopback ports, so that an agent can be pointed at each of them and what it asks
 * of whom can be seen. Alibaba's is in hardened mode.
 */
public final class MetadataServices implements Closeable {

    /** The machine of which the fake Azure speaks; events spell it in another case. */
    public static final String AZURE_ID =
            "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/Aks-GPU/virtualMachines/3";

    private final FakeImds imds = new FakeImds();
    private final FakeGcp gcp = new FakeGcp();
    private final FakeAzure azure = new FakeAzure();
    private final FakeAlibaba alibaba = new FakeAlibaba(true);
    private final FakeTencent tencent = new FakeTencent();

    /** The endpoint of each cloud's service, by its key of the configuration. */
    public Map<String, String> endpoints() {
        return Map.of(
                "lastcall.notice.aws.endpoint", imds.url(),
                "lastcall.notice.gcp.endpoint", gcp.url(),
                "lastcall.notice.azure.endpoint", azure.url(),
                "lastcall.notice.alibaba.endpoint", alibaba.url(),
                "lastcall.notice.tencent.endpoint", tencent.url());
    }

    public FakeImds imds() {
        return imds;
    }

    public FakeMetadata of(Cloud cloud) {
        return switch (cloud) {
            case AWS -> imds.service();
            case GCP -> gcp.service();
            case AZURE -> azure.service();
            case ALIBABA -> alibaba.service();
            case TENCENT -> tencent.service();
            case NONE -> throw new IllegalArgumentException("there is no service of no cloud");
        };
    }

    /** Where this cloud says that the machine is taken. */
    public static String path(Cloud cloud) {
        return switch (cloud) {
            case AWS -> FakeImds.SPOT;
            case GCP -> FakeGcp.PREEMPTED;
            case AZURE -> FakeAzure.EVENTS;
            case ALIBABA -> FakeAlibaba.TERMINATION;
            case TENCENT -> FakeTencent.TERMINATION;
            case NONE -> throw new IllegalArgumentException("there is no service of no cloud");
        };
    }

    /** Announces that the machine is taken; gives the time in the announcement, where the cloud names one. */
    public Optional<Instant> announce(Cloud cloud, Duration in) {
        return switch (cloud) {
            case AWS -> Optional.of(imds.announce("terminate", in));
            case GCP -> {
                gcp.set(FakeGcp.PREEMPTED, "TRUE");
                yield Optional.empty();
            }
            case AZURE -> Optional.of(azure.event("event-1", "Preempt", "aks-gpu_3", in));
            case ALIBABA -> Optional.of(alibaba.announce(in));
            case TENCENT -> Optional.of(tencent.announce(in));
            case NONE -> throw new IllegalArgumentException("there is no service of no cloud");
        };
    }

    @Override
    public void close() throws IOException {
        imds.close();
        gcp.close();
        azure.close();
        alibaba.close();
        tencent.close();
    }
}
