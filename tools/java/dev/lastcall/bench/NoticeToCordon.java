package dev.lastcall.bench;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainRecords;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.NoPods;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.drain.run.NodeWriter;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.notice.LedgerRules;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeLedger;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.aws.ImdsSource;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.ServingSettings;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.metadata.FakeImds;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * From the last byte of the metadata service's answer to the API server's 200 on the cordon patch, through the agent's
 * own classes; beside it, in turn, the same patch computed beforehand and only sent. Before each of the two the API server
 * is asked nothing for a while, as before a notice: it answers what comes right after another request sooner. What is left
 * out is the hop over the channel, a hand-over between two threads.
 */
final class NoticeToCordon implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NODE = "bench";
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Duration QUIET = Duration.ofMillis(400);

    private final ControlPlane plane = ControlPlane.start();
    private final FakeImds imds = new FakeImds();
    private final KubernetesClient client = plane.clientFor(ControlPlane.AGENT);
    private final KubeNode node;
    private final MetadataClient http = new MetadataClient(imds.url(), CLOCK);
    private final ImdsSource source;
    private final EngineClient engines = new EngineClient();
    private final NodeMarks marks;

    NoticeToCordon() {
        plane.client()
                .nodes()
                .resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NODE)
                        .endMetadata()
                        .build())
                .create();
        node = new KubeNode(client, new NodeName(NODE));
        node.start();
        source = new ImdsSource(
                SourceId.AWS_SPOT,
                new TokenSession(http, TokenSession.Dialect.AWS, Duration.ofSeconds(2)),
                SpotAction.PATH,
                SpotAction::parse,
                Duration.ofSeconds(1));
        marks = new NodeMarks(
                new DrainSettings(
                        Duration.ofSeconds(3), 20, true, true, false, ForcePolicy.SPOT, Set.of(), null, false, "bench"),
                NoticeToCordon::json,
                text -> DrainRecords.json(text).flatMap(DrainRecord::fromMap));
        await("the watch shows the node").until(() -> node.latest().isPresent());
    }

    /** @return samples in milliseconds: ours, and bare */
    List<List<Double>> run(int warmUp, int counted) throws Exception {
        List<Double> ours = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        for (int i = -warmUp; i < counted; i++) {
            double cordon = notice(i);
            double patch = bare(i);
            if (i >= 0) {
                ours.add(cordon);
                bare.add(patch);
            }
            if ((i + 1) % 50 == 0 && i > 0) {
                System.err.printf("bench: notice to cordon, %d of %d%n", i + 1, counted);
            }
        }
        return List.of(ours, bare);
    }

    private double notice(int number) throws Exception {
        Thread.sleep(QUIET);
        Notice notice = announced(number);
        CompletableFuture<Duration> cordoned = new CompletableFuture<>();
        CompletableFuture<DrainRun> itself = new CompletableFuture<>();
        DrainPorts ports = new DrainPorts(node, new NoPods(), serving(), marks, Waiting.on(CLOCK), event -> {
            if (event instanceof DrainEvent.Cordoned done) {
                cordoned.complete(done.sinceAnswer());
                itself.join().cancel("measured");
            }
        });
        DrainRun run = DrainRun.begin(notice, ports);
        itself.complete(run);
        Thread drain = Thread.ofVirtual().start(run);
        Duration took = cordoned.get(20, TimeUnit.SECONDS);
        drain.join();
        giveBack();
        awaitFree();
        return took.toNanos() / 1e6;
    }

    private double bare(int number) throws Exception {
        Notice notice = announced(number);
        NodeMarks.Marked marked = marks.cordon(node.read().orElseThrow(), notice);
        Thread.sleep(QUIET);
        long begun = System.nanoTime();
        PatchAnswer answer = node.patch(marked.patch());
        double took = answer instanceof PatchAnswer.Done done ? (done.answeredNanos() - begun) / 1e6 : Double.NaN;
        giveBack();
        awaitFree();
        return Double.isNaN(took) ? bare(number) : took;
    }

    /** A drain only ends; the control plane writes to the node as well, so that giving back may need a second try. */
    private void giveBack() throws InterruptedException {
        var _ = new NodeWriter(node, Waiting.on(CLOCK))
                .write(
                        view -> marks.giveBack(node.read().orElse(view), Optional.empty()),
                        CLOCK.instant().plusSeconds(10),
                        () -> false,
                        problem -> {});
    }

    private Notice announced(int number) throws InterruptedException {
        imds.announce("terminate", Duration.ofSeconds(3_600L + number));
        return NoticeLedger.empty(new LedgerRules(Duration.ofMinutes(10), false))
                .admit(SourceId.AWS_SPOT, source.poll(), CLOCK.instant(), System.nanoTime())
                .changes()
                .stream()
                .filter(NoticeChange.Began.class::isInstance)
                .map(NoticeChange::notice)
                .findFirst()
                .orElseThrow();
    }

    /** The watch has shown the release, not only the time before the cordon. */
    private void awaitFree() {
        String freed = node.read().orElseThrow().resourceVersion();
        await("the node is free again")
                .pollInterval(Duration.ofMillis(2))
                .until(() -> !node.latest().orElseThrow().unschedulable()
                        && Long.parseLong(node.latest().orElseThrow().resourceVersion()) >= Long.parseLong(freed));
    }

    private ServingPods serving() {
        return new ServingPods(
                new ServingSettings(
                        LabelSelector.parse("lastcall.dev/engine"),
                        Set.of(Withdrawals.Strategy.AUTO),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(500),
                        2,
                        new KeepInRotation.Budget()),
                new NoPods(),
                engines,
                Neighbours.NONE,
                Replacement.ADMITTED);
    }

    private static String json(Map<String, Object> map) {
        try {
            return JSON.writeValueAsString(map);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void close() throws Exception {
        node.close();
        engines.close();
        http.close();
        client.close();
        imds.close();
        plane.close();
    }
}
