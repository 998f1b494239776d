package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.notice.Cloud;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.agent.AgentSockets;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.FakeMetadata;
import dev.lastcall.support.metadata.FakeMetadata.Request;
import dev.lastcall.support.metadata.MetadataServices;
import dev.lastcall.support.metadata.Reaction;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the packaged agent asks of metadata services, one agent for all clouds: with a proxy set in every way a process can
 * be given one, at the most talkative log level, in quiet times, and when it is sent elsewhere.
 */
class MetadataRequestsIT {

    private static final List<Cloud> CLOUDS = List.of(Cloud.AWS, Cloud.GCP, Cloud.AZURE, Cloud.ALIBABA, Cloud.TENCENT);
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** Requests in a row that must have come over as few connections as questions are held at once. */
    private static final int QUIET = 24;

    private static final MetadataServices SERVICES = new MetadataServices();
    private static final FakeMetadata PROXY = new FakeMetadata();
    private static final FakeMetadata ELSEWHERE = new FakeMetadata();
    private static final Map<Cloud, List<Request>> QUIET_TIMES = new EnumMap<>(Cloud.class);
    private static final Set<String> BEYOND = new TreeSet<>();
    private static List<String> output;
    private static Duration quietFor;

    /** One life of an agent: quiet times, redirects, refused tokens and garbage, a notice, its end. */
    @BeforeAll
    static void live() throws Exception {
        String port = PROXY.url().substring(PROXY.url().lastIndexOf(':') + 1);
        AgentProcess.Builder builder = AgentProcess.builder()
                .javaOptions(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-Dhttp.proxyHost=127.0.0.1",
                        "-Dhttp.proxyPort=" + port,
                        "-Dhttps.proxyHost=127.0.0.1",
                        "-Dhttps.proxyPort=" + port,
                        "-Dhttp.nonProxyHosts=",
                        "-Djava.net.useSystemProxies=true")
                .config("lastcall.kubernetes.enabled", "false")
                .config("lastcall.notice.provider", "aws,gcp,azure,alibaba,tencent")
                .config("lastcall.notice.alibaba.poll-interval", "1s")
                .config("lastcall.notice.tencent.poll-interval", "1s")
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1")
                .env("QUARKUS_LOG_LEVEL", "TRACE")
                .env("QUARKUS_LOG_CONSOLE_LEVEL", "TRACE");
        for (String name :
                List.of("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")) {
            builder.env(name, PROXY.url());
        }
        SERVICES.endpoints().forEach(builder::config);
        long start = System.nanoTime();
        try (AgentProcess agent = builder.start()) {
            await("quiet times")
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> restless(agent), List::isEmpty);
            quietFor = Duration.ofNanos(System.nanoTime() - start);
            CLOUDS.forEach(cloud -> QUIET_TIMES.put(cloud, SERVICES.of(cloud).requests()));

            Reaction away = Reaction.status(302, Map.of("Location", ELSEWHERE.url() + "/latest"));
            CLOUDS.forEach(cloud -> SERVICES.of(cloud).next(MetadataServices.path(cloud), away));
            await("each source was sent elsewhere and came back")
                    .atMost(LIMIT)
                    .until(() -> count(agent, "redirect") >= 5);
            FakeMetadata imds = SERVICES.of(Cloud.AWS);
            imds.next(FakeImds.SPOT, Reaction.status(401), Reaction.status(401), Reaction.status(503));
            SERVICES.imds().expireTokens();
            SERVICES.of(Cloud.ALIBABA)
                    .next(MetadataServices.path(Cloud.ALIBABA), Reaction.status(401), Reaction.status(403));
            await("errors were met").atMost(LIMIT).until(() -> count(agent, "503") >= 1);
            SERVICES.announce(Cloud.AWS, Duration.ofSeconds(120));
            agent.awaitLine(line -> line.contains("notice spot from aws-spot"), LIMIT);
            BEYOND.addAll(AgentSockets.beyondLoopback(agent.pid()));
            agent.stop();
            output = agent.lines();
        }
    }

    @AfterAll
    static void stop() throws Exception {
        SERVICES.close();
        PROXY.close();
        ELSEWHERE.close();
    }

    @Test
    void a_proxy_set_in_the_environment_or_for_the_jvm_is_asked_nothing() {
        assertThat(PROXY.connections()).isZero();
        assertThat(BEYOND).as("addresses beyond this machine").isEmpty();
    }

    @Test
    void a_redirect_is_followed_nowhere() {
        assertThat(ELSEWHERE.connections()).isZero();
    }

    @Test
    void no_token_stands_in_the_log_at_its_most_talkative() {
        assertThat(output).as("it did talk").anyMatch(line -> line.contains(" DEBUG ") || line.contains(" TRACE "));
        assertThat(SERVICES.imds().tokensIssued()).isGreaterThan(1);
        assertThat(output).noneMatch(line -> line.contains("secret-token"));
    }

    @Test
    void each_endpoint_is_asked_once_a_poll_and_no_more() {
        long polls = quietFor.dividedBy(INTERVAL) + 2;
        QUIET_TIMES.forEach((cloud, requests) -> {
            Map<String, Long> byPath = requests.stream()
                    .filter(request -> !request.path().endsWith("/api/token"))
                    .collect(Collectors.groupingBy(Request::path, TreeMap::new, Collectors.counting()));
            System.out.println(
                    cloud + " in " + quietFor.toSeconds() + " s: " + byPath + ", connections " + connections(requests));
            if (cloud != Cloud.GCP) {
                // A second of the fake's long poll lasts 50 ms.
                assertThat(byPath.values()).as(cloud + ": " + byPath).allMatch(asked -> asked <= polls);
            }
        });
        assertThat(QUIET_TIMES.get(Cloud.AWS))
                .filteredOn(request -> request.path().equals(FakeImds.TOKEN))
                .as("one token serves all four paths")
                .hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void one_connection_is_kept_alive_and_one_for_each_question_that_the_server_holds() {
        QUIET_TIMES.forEach((cloud, requests) ->
                assertThat(connections(lately(requests))).as(cloud.label()).hasSize(cloud == Cloud.GCP ? 2 : 1));
    }

    /**
     * Those that were not asked often enough yet, or over more connections than they hold questions: a start on a loaded
     * machine may need a second one, but it does not stay.
     */
    private static List<String> restless(AgentProcess agent) throws Exception {
        BEYOND.addAll(AgentSockets.beyondLoopback(agent.pid()));
        return CLOUDS.stream()
                .map(cloud -> {
                    List<Request> requests = SERVICES.of(cloud).requests();
                    Set<Integer> lately = connections(lately(requests));
                    boolean quiet = requests.size() >= QUIET && lately.size() <= (cloud == Cloud.GCP ? 2 : 1);
                    return quiet ? "" : cloud + ": " + requests.size() + " requests, the last over " + lately;
                })
                .filter(words -> !words.isEmpty())
                .toList();
    }

    private static List<Request> lately(List<Request> requests) {
        return requests.subList(Math.max(0, requests.size() - QUIET), requests.size());
    }

    private static Set<Integer> connections(List<Request> requests) {
        return requests.stream().map(Request::connection).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Sources that have met this failure. */
    private static long count(AgentProcess agent, String code) throws Exception {
        return agent.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("lastcall_notice_source_errors_total{")
                        && line.contains("code=\"" + code + "\""))
                .count();
    }
}
