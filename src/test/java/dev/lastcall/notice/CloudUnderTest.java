package dev.lastcall.notice;

import dev.lastcall.notice.alibaba.AlibabaSource;
import dev.lastcall.notice.aws.ImdsSource;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.azure.AzureSource;
import dev.lastcall.notice.gcp.GcpValues;
import dev.lastcall.notice.gcp.LongPoll;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.notice.tencent.TencentSource;
import dev.lastcall.support.metadata.FakeAlibaba;
import dev.lastcall.support.metadata.FakeAzure;
import dev.lastcall.support.metadata.FakeGcp;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.FakeTencent;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** One cloud's fake service, the source that reads it, and how its certain notice is announced there. */
final class CloudUnderTest implements Closeable {

    /** Long enough for a loaded machine; a hang is over at once ({@link FakeMetadata#patience()}). */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private static final Duration WINDOW = Duration.ofSeconds(30);

    enum Clouds {
        AWS,
        GCP,
        AZURE,
        ALIBABA,
        ALIBABA_HARDENED,
        TENCENT;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        CloudUnderTest open() {
            return switch (this) {
                case AWS -> aws();
                case GCP -> gcp();
                case AZURE -> azure();
                case ALIBABA -> alibaba(false);
                case ALIBABA_HARDENED -> alibaba(true);
                case TENCENT -> tencent();
            };
        }
    }

    private final FakeMetadata service;
    private final Closeable fake;
    private final String path;
    private final MetadataClient client;
    private final NoticeSource.Polled source;
    private final Consumer<Duration> announce;
    private final Consumer<Duration> other;
    private final Runnable withdraw;
    private Optional<Duration> announced = Optional.empty();

    private CloudUnderTest(
            FakeMetadata service,
            Closeable fake,
            String path,
            Function<MetadataClient, NoticeSource.Polled> source,
            Consumer<Duration> announce,
            Consumer<Duration> other,
            Runnable withdraw) {
        this.service = service;
        this.fake = fake;
        this.path = path;
        this.client = new MetadataClient(service.url(), InstantSource.system(), service.patience());
        this.source = source.apply(client);
        this.announce = announce;
        this.other = other;
        this.withdraw = withdraw;
    }

    private static CloudUnderTest aws() {
        FakeImds imds = new FakeImds();
        return new CloudUnderTest(
                imds.service(),
                imds,
                FakeImds.SPOT,
                client -> new ImdsSource(
                        SourceId.AWS_SPOT,
                        new TokenSession(client, TokenSession.Dialect.AWS, LIMIT),
                        SpotAction.PATH,
                        SpotAction::parse,
                        Duration.ofSeconds(1)),
                in -> imds.announce("terminate", in),
                in -> imds.announce("terminate", in),
                () -> imds.service().clear(FakeImds.SPOT));
    }

    private static CloudUnderTest gcp() {
        FakeGcp gcp = new FakeGcp(Duration.ofMillis(5));
        GcpValues values = new GcpValues("boot", WINDOW, () -> true);
        return new CloudUnderTest(
                gcp.service(),
                gcp,
                FakeGcp.PREEMPTED,
                client -> new LongPoll(
                        SourceId.GCP_PREEMPTED,
                        client,
                        GcpValues.PREEMPTED,
                        values::preempted,
                        Duration.ofSeconds(1),
                        false),
                in -> gcp.set(FakeGcp.PREEMPTED, "TRUE"),
                in -> gcp.set(FakeGcp.PREEMPTED, "TRUE"),
                () -> gcp.set(FakeGcp.PREEMPTED, "FALSE"));
    }

    private static CloudUnderTest azure() {
        FakeAzure azure = new FakeAzure();
        return new CloudUnderTest(
                azure.service(),
                azure,
                FakeAzure.EVENTS,
                client -> new AzureSource(
                        client,
                        "azure:///subscriptions/s/x/virtualMachineScaleSets/GPU/virtualMachines/3",
                        Duration.ofSeconds(1),
                        LIMIT,
                        LIMIT),
                in -> azure.event("event-1", "Preempt", "gpu_3", in),
                in -> azure.event("event-2", "Preempt", "gpu_4", in),
                azure::none);
    }

    private static CloudUnderTest alibaba(boolean hardened) {
        FakeAlibaba alibaba = new FakeAlibaba(hardened);
        return new CloudUnderTest(
                alibaba.service(),
                alibaba,
                FakeAlibaba.TERMINATION,
                client -> new AlibabaSource(client, Duration.ofSeconds(5), LIMIT),
                alibaba::announce,
                alibaba::announce,
                () -> alibaba.service().clear(FakeAlibaba.TERMINATION));
    }

    private static CloudUnderTest tencent() {
        FakeTencent tencent = new FakeTencent();
        return new CloudUnderTest(
                tencent.service(),
                tencent,
                FakeTencent.TERMINATION,
                client -> new TencentSource(client, Duration.ofSeconds(5), LIMIT),
                tencent::announce,
                tencent::announce,
                () -> tencent.service().clear(FakeTencent.TERMINATION));
    }

    FakeMetadata service() {
        return service;
    }

    String path() {
        return path;
    }

    NoticeSource.Polled source() {
        return source;
    }

    /** The window where the cloud names no time; empty where it does. */
    Optional<Duration> window() {
        return source.id() == SourceId.GCP_PREEMPTED ? Optional.of(WINDOW) : Optional.empty();
    }

    void announce(Duration in) {
        announced = Optional.of(in);
        announce.accept(in);
    }

    void announceAgain() {
        announce.accept(announced.orElseThrow());
    }

    void announceToOther(Duration in) {
        other.accept(in);
    }

    void withdraw() {
        withdraw.run();
    }

    @Override
    public void close() {
        try {
            fake.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
