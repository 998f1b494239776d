package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.notice.Cloud;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.agent.AgentSockets;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.kubelet.ScriptedKubelet;
import dev.lastcall.support.metadata.MetadataServices;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The packaged agent on a node of every cloud: told by nothing but the Node's providerID whom to ask, it cordons by that
 * cloud's notice, and a metric, an Event and a log line tell the same story of it. All five services stand ready on
 * loopback; those of other clouds hear nothing, and no socket of the agent leads away from this machine.
 */
class EveryCloudIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Set<String> READS = Set.of("get", "list", "watch");
    private static final Duration NOTICE = Duration.ofSeconds(90);
    private static final Pattern LINE =
            Pattern.compile("notice (\\S+) from (\\S+): deadline (\\S+), id (\\S+?)( \\(dry run\\))?$");

    /** Where the node comes from, how its end is announced there, and what must come of it. */
    private enum Origin {
        AWS(Cloud.AWS, "aws:///eu-central-1a/i-0123456789abcdef0", "spot", "aws-spot", NOTICE),
        GCP(Cloud.GCP, "gce://project/europe-west4-a/gke-gpu-1", "preempt", "gcp-preempted", Duration.ofSeconds(30)),
        AZURE(Cloud.AZURE, MetadataServices.AZURE_ID, "preempt", "azure", NOTICE),
        ALIBABA(Cloud.ALIBABA, "cn-hangzhou.i-bp1abc", "spot", "alibaba", NOTICE),
        TENCENT(Cloud.TENCENT, "qcloud:///800001/ins-abc", "spot", "tencent", NOTICE),
        NODE_MARK(Cloud.NONE, "kind://docker/kind/worker", "node-mark", "node-marks", Duration.ofSeconds(45)),
        SIMULATION(Cloud.NONE, "kind://docker/kind/worker", "simulated", "simulate", NOTICE);

        private final Cloud cloud;
        private final String providerId;
        private final String kind;
        private final String source;
        private final Duration window;

        Origin(Cloud cloud, String providerId, String kind, String source, Duration window) {
            this.cloud = cloud;
            this.providerId = providerId;
            this.kind = kind;
            this.source = source;
            this.window = window;
        }

        /** The deadline that was announced; empty where no time is named and the window counts from the first sight. */
        Optional<Instant> announce(Doomed node) {
            switch (this) {
                case AWS, GCP, AZURE, ALIBABA, TENCENT -> {
                    return node.services.announce(cloud, window);
                }
                case NODE_MARK -> node.hand().taint("example.com/going", "soon");
                case SIMULATION -> node.hand().annotate("lastcall.dev/simulate", "spot,90s");
            }
            return Optional.empty();
        }
    }

    @ParameterizedTest
    @EnumSource(Origin.class)
    void a_node_of_every_cloud_is_cordoned_by_its_own_notice_and_all_accounts_of_it_agree(Origin origin)
            throws Exception {
        try (Doomed node = new Doomed(origin.name(), origin.providerId)) {
            long mark = node.plane.auditLog().mark();
            Optional<Instant> announced = origin.announce(node);
            await("the node is cordoned").atMost(LIMIT).until(node::isCordoned);

            JsonNode record = node.drain().orElseThrow();
            assertThat(record.path("kind").asText()).isEqualTo(origin.kind);
            assertThat(record.path("source").asText()).isEqualTo(origin.source);
            Instant deadline = Instant.parse(record.path("deadline").asText());
            Instant counted = Instant.parse(record.path("startedAt").asText()).plus(origin.window);
            assertThat(deadline).isEqualTo(announced.orElse(counted));
            Node marked = node.look();
            assertThat(marked.getSpec().getTaints()).anySatisfy(taint -> {
                assertThat(taint.getKey()).isEqualTo("lastcall.dev/interruption");
                assertThat(taint.getValue()).isEqualTo(origin.kind);
                assertThat(taint.getEffect()).isEqualTo("NoSchedule");
            });
            assertThat(marked.getMetadata().getLabels())
                    .containsEntry("node.kubernetes.io/exclude-from-external-load-balancers", "lastcall");

            Event event = node.awaitEvent("InterruptionNotice");
            AuditEvent first = node.firstWriteSince(mark);
            assertThat(first.verb() + " " + first.resource() + " " + first.code())
                    .as("nothing goes before the cordon: a second request has to open a connection of its own")
                    .isEqualTo("patch nodes 200");
            Matcher line = node.logLine();
            assertThat(line.group(1)).isEqualTo(origin.kind);
            assertThat(line.group(2)).isEqualTo(origin.source);
            assertThat(Instant.parse(line.group(3))).isEqualTo(deadline);
            assertThat(line.group(4)).isEqualTo(record.path("id").asText());
            assertThat(event.getMessage())
                    .startsWith(origin.kind + " notice from " + origin.source + ": ")
                    .endsWith(", at " + deadline.truncatedTo(ChronoUnit.SECONDS));
            assertThat(node.agent.lines()).anyMatch(each -> each.endsWith(event.getMessage()));
            Map<String, Double> metrics = node.metrics();
            assertThat(metrics)
                    .containsEntry("notices_total{kind=" + origin.kind + ",source=" + origin.source + "}", 1.0)
                    .containsEntry("notice_active{kind=" + origin.kind + "}", 1.0);
            assertThat(metrics.get("notice_deadline_timestamp_seconds{kind=" + origin.kind + "}"))
                    .isCloseTo(deadline.toEpochMilli() / 1000.0, org.assertj.core.data.Offset.offset(0.002));
            assertThat(metrics.entrySet())
                    .filteredOn(each -> each.getKey().startsWith("notices_total{") && each.getValue() > 0)
                    .as("one notice, counted once")
                    .hasSize(1);

            node.askedNobodyBut(origin.cloud);
        }
    }

    @Test
    void a_dry_game_day_is_told_in_every_way_and_changes_nothing() throws Exception {
        try (Doomed node = new Doomed("dry", "kind://docker/kind/worker")) {
            node.hand().annotate("lastcall.dev/simulate", "preempt,30s-dry");
            Event end = node.awaitEvent("DrainCompleted");
            assertThat(end.getMessage()).endsWith("(dry run)");
            assertThat(node.awaitEvent("NodeCordoned").getMessage())
                    .isEqualTo("would cordon this node now (dry run: nothing is written)");
            assertThat(node.metrics().getOrDefault("notice_to_cordon_seconds_count", 0.0))
                    .as("no sample of a patch that was never sent")
                    .isZero();
            assertThat(node.awaitEvent("InterruptionNotice").getMessage())
                    .startsWith("simulated notice from simulate: ")
                    .endsWith("(dry run: nothing will be written)");
            assertThat(node.logLine().group(5)).isEqualTo(" (dry run)");
            assertThat(node.metrics()).containsEntry("notices_total{kind=simulated,source=simulate}", 1.0);
            Node after = node.look();
            assertThat(node.isCordoned()).isFalse();
            assertThat(after.getSpec().getTaints())
                    .noneMatch(taint -> taint.getKey().startsWith("lastcall.dev/"));
            assertThat(after.getMetadata().getAnnotations())
                    .containsKey("lastcall.dev/simulate")
                    .doesNotContainKeys("lastcall.dev/drain", "lastcall.dev/last-report", "lastcall.dev/at-risk");
            node.askedNobodyBut(Cloud.NONE);
        }
    }

    /** A node, the services of all clouds, and the agent, ready and with its warm-up cordon made. */
    private static final class Doomed implements AutoCloseable {
        private final MetadataServices services = new MetadataServices();
        private final ControlPlane plane = ControlPlane.shared();
        private final ScriptedKubelet kubelet;
        private final AgentProcess agent;
        private final Set<String> beyond = ConcurrentHashMap.newKeySet();

        Doomed(String name, String providerId) throws Exception {
            String node = name.toLowerCase(java.util.Locale.ROOT).replace('_', '-') + "-"
                    + UUID.randomUUID().toString().substring(0, 5);
            kubelet = ScriptedKubelet.on(plane, node).providerId(providerId).start();
            AgentProcess.Builder builder = AgentProcess.builder()
                    .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                    .config("lastcall.node-name", node)
                    .config("lastcall.notice.node-marks", "taint:example.com/going@45s")
                    .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1");
            services.endpoints().forEach(builder::config);
            agent = builder.start();
            await("the agent is ready")
                    .atMost(LIMIT)
                    .until(() -> agent.get("/health/ready").statusCode() == 200);
            Traces.awaitWarmUpCordon(agent);
        }

        ForeignHand hand() {
            return new ForeignHand(plane.client(), kubelet.nodeName());
        }

        Node look() throws IOException {
            beyond.addAll(AgentSockets.beyondLoopback(agent.pid()));
            return plane.client().nodes().withName(kubelet.nodeName()).get();
        }

        /** Of the agent; what is long-running or only reads is none. */
        AuditEvent firstWriteSince(long mark) {
            return plane.auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                    .filter(event -> !READS.contains(event.verb()))
                    .min(Comparator.comparing(AuditEvent::received))
                    .orElseThrow();
        }

        boolean isCordoned() throws IOException {
            return Boolean.TRUE.equals(look().getSpec().getUnschedulable());
        }

        Optional<JsonNode> drain() throws IOException {
            String text = look().getMetadata().getAnnotations().get("lastcall.dev/drain");
            return text == null ? Optional.empty() : Optional.of(JSON.readTree(text));
        }

        Event awaitEvent(String reason) {
            return await("Event " + reason)
                    .atMost(LIMIT)
                    .until(() -> events(reason), found -> !found.isEmpty())
                    .getFirst();
        }

        private List<Event> events(String reason) throws IOException {
            beyond.addAll(AgentSockets.beyondLoopback(agent.pid()));
            return plane
                    .client()
                    .v1()
                    .events()
                    .inNamespace("default")
                    .withField("involvedObject.name", kubelet.nodeName())
                    .list()
                    .getItems()
                    .stream()
                    .filter(event -> reason.equals(event.getReason()))
                    .toList();
        }

        /** The one line of the log that announces a notice. */
        Matcher logLine() {
            List<Matcher> found = agent.lines().stream()
                    .map(LINE::matcher)
                    .filter(Matcher::find)
                    .toList();
            assertThat(found).hasSize(1);
            return found.getFirst();
        }

        /** Series of this program without its prefix, labels in the order of their names. */
        Map<String, Double> metrics() throws Exception {
            Map<String, Double> series = new java.util.TreeMap<>();
            agent.get("/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("lastcall_notice"))
                    .forEach(line -> {
                        int space = line.lastIndexOf(' ');
                        String name = line.substring("lastcall_".length(), space)
                                .replace("\"", "")
                                .replace(",}", "}");
                        series.put(name, Double.parseDouble(line.substring(space + 1)));
                    });
            return series;
        }

        void askedNobodyBut(Cloud own) {
            for (Cloud cloud : Cloud.values()) {
                if (cloud != Cloud.NONE) {
                    int connections = services.of(cloud).connections();
                    assertThat(connections > 0).as(cloud + " was asked").isEqualTo(cloud == own);
                }
            }
            assertThat(beyond).as("addresses beyond this machine").isEmpty();
        }

        @Override
        public void close() throws Exception {
            agent.close();
            kubelet.close();
            services.close();
        }
    }
}
