package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig.NoticeConfig;
import dev.lastcall.notice.Cloud;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.ProviderChoice;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.aws.ImdsSession;
import dev.lastcall.notice.aws.ImdsSource;
import dev.lastcall.notice.aws.Rebalance;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.http.MetadataClient;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** The sources this node has, by configuration and by the cloud that made it; opens no connection until asked. */
final class NoticeSources implements AutoCloseable {

    private record Plan(String name, List<NoticeSource.Polled> sources) {}

    private final List<Plan> plans = new ArrayList<>();
    private final List<NoticeSource.Watched> watched = new ArrayList<>();
    private final List<MetadataClient> clients = new ArrayList<>();
    private final InstantSource clock;

    private NoticeSources(InstantSource clock) {
        this.clock = clock;
    }

    static NoticeSources of(NoticeConfig config, NodeFacts facts, InstantSource clock) {
        NoticeSources sources = new NoticeSources(clock);
        Set<Cloud> clouds = ProviderChoice.clouds(config.provider(), facts.providerId());
        if (clouds.contains(Cloud.AWS)) {
            sources.addAws(config);
        }
        return sources;
    }

    private void addAws(NoticeConfig config) {
        ImdsSession session = new ImdsSession(client(config.aws().endpoint()), ImdsSession.Dialect.AWS);
        List<NoticeSource.Polled> paths = new ArrayList<>();
        paths.add(new ImdsSource(
                SourceId.AWS_SPOT,
                session,
                SpotAction.PATH,
                SpotAction::parse,
                config.aws().pollInterval()));
        if (!config.aws().rebalance().equals("ignore")) {
            paths.add(new ImdsSource(
                    SourceId.AWS_REBALANCE,
                    session,
                    Rebalance.PATH,
                    Rebalance::parse,
                    config.aws().pollInterval()));
        }
        plans.add(new Plan("notice-aws", paths));
    }

    private MetadataClient client(String endpoint) {
        MetadataClient client = new MetadataClient(endpoint, clock);
        clients.add(client);
        return client;
    }

    List<SourceId> polledIds() {
        return plans.stream()
                .flatMap(plan -> plan.sources().stream())
                .map(NoticeSource::id)
                .toList();
    }

    List<NoticeSource.Watched> watched() {
        return List.copyOf(watched);
    }

    List<SourceGroup> groups(SourceGroup.Listener listener, RandomGenerator random) {
        return plans.stream()
                .map(plan -> new SourceGroup(plan.name(), plan.sources(), listener, random))
                .toList();
    }

    /** For the log. */
    String describe() {
        List<SourceId> polled = polledIds();
        return polled.isEmpty()
                ? "no metadata service is asked (none selected, none detected)"
                : polled.stream().map(SourceId::label).collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        clients.forEach(MetadataClient::close);
    }
}
