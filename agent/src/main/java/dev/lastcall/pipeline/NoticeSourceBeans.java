package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.AgentConfig.NoticeConfig;
import dev.lastcall.config.OnHint;
import dev.lastcall.notice.Cloud;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Parsed;
import dev.lastcall.notice.ProviderChoice;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.alibaba.AlibabaSource;
import dev.lastcall.notice.aws.ImdsSource;
import dev.lastcall.notice.aws.Rebalance;
import dev.lastcall.notice.aws.ScheduledEvents;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.aws.TargetLifecycle;
import dev.lastcall.notice.azure.AzureSource;
import dev.lastcall.notice.gcp.GcpValues;
import dev.lastcall.notice.gcp.LongPoll;
import dev.lastcall.notice.http.MetadataClient;
import dev.lastcall.notice.http.TokenSession;
import dev.lastcall.notice.nodemark.NodeMark;
import dev.lastcall.notice.nodemark.NodeMarkSource;
import dev.lastcall.notice.nodemark.SimulateSource;
import dev.lastcall.notice.tencent.TencentSource;
import dev.lastcall.notice.watch.ChosenSources;
import dev.lastcall.notice.watch.SourceGroup;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.stream.Collectors;

/** The sources this node has, by configuration and by the cloud that made it; opens no connection until asked. */
final class NoticeSourceBeans implements ChosenSources {

    /** For one exchange; the services are on the host's own link. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** The first call switches Scheduled Events on, which takes up to two minutes. */
    private static final Duration AZURE_FIRST_LIMIT = Duration.ofSeconds(125);

    /** Long enough to be cheap, short enough that a dead connection is noticed before the node counts as blind. */
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(15);

    private record Plan(String name, List<NoticeSource.Polled> sources) {}

    /** A plan that is followed from the moment its condition holds. */
    private record Later(BooleanSupplier condition, Plan plan) {}

    private final List<Plan> plans = new ArrayList<>();
    private final List<Later> later = new ArrayList<>();
    private final List<NoticeSource.Watched> watched = new ArrayList<>();
    private final List<MetadataClient> clients = new ArrayList<>();
    private final InstantSource clock;
    private int begun;

    private NoticeSourceBeans(InstantSource clock) {
        this.clock = clock;
    }

    static NoticeSourceBeans of(NoticeConfig config, NodeFacts facts, InstantSource clock) {
        NoticeSourceBeans sources = new NoticeSourceBeans(clock);
        for (Cloud cloud : ProviderChoice.clouds(config.provider(), facts.providerId())) {
            switch (cloud) {
                case AWS -> sources.addAws(config.aws());
                case GCP -> sources.addGcp(config, facts);
                case AZURE -> sources.addAzure(config.azure(), facts);
                case ALIBABA -> {
                    MetadataClient client = sources.client(config.alibaba().endpoint());
                    sources.add(new AlibabaSource(client, config.alibaba().pollInterval(), LIMIT));
                }
                case TENCENT -> {
                    MetadataClient client = sources.client(config.tencent().endpoint());
                    sources.add(new TencentSource(client, config.tencent().pollInterval(), LIMIT));
                }
                case NONE -> {}
            }
        }
        List<NodeMark> marks = config.nodeMarks().orElse(List.of()).stream()
                .flatMap(mark -> NodeMark.parse(mark).stream())
                .toList();
        if (!marks.isEmpty()) {
            sources.watched.add(new NodeMarkSource(marks));
        }
        sources.watched.add(new SimulateSource());
        return sources;
    }

    private void addAws(AgentConfig.Aws config) {
        TokenSession session = new TokenSession(client(config.endpoint()), TokenSession.Dialect.AWS, LIMIT);
        List<NoticeSource.Polled> paths = new ArrayList<>();
        // The one with the shortest notice leads each round.
        paths.add(aws(SourceId.AWS_SPOT, session, SpotAction.PATH, SpotAction::parse, config));
        if (config.rebalance() != OnHint.IGNORE) {
            paths.add(aws(SourceId.AWS_REBALANCE, session, Rebalance.PATH, Rebalance::parse, config));
        }
        paths.add(aws(SourceId.AWS_EVENTS, session, ScheduledEvents.PATH, ScheduledEvents::parse, config));
        paths.add(aws(SourceId.AWS_ASG, session, TargetLifecycle.PATH, TargetLifecycle::parse, config));
        plans.add(new Plan("notice-aws", paths));
    }

    private static NoticeSource.Polled aws(
            SourceId id, TokenSession session, String path, Function<String, Parsed> parser, AgentConfig.Aws config) {
        return new ImdsSource(id, session, path, parser, config.pollInterval());
    }

    private void addGcp(NoticeConfig config, NodeFacts facts) {
        GcpValues values = new GcpValues(
                facts.bootId() == null ? "" : facts.bootId(), config.gcp().preemptionWindow(), facts.gpus());
        Duration half = config.blindAfter().dividedBy(2);
        Duration hold = half.compareTo(LONGEST_HOLD) < 0 ? half : LONGEST_HOLD;
        // Each question is held by the server, so each needs a thread and a connection of its own.
        MetadataClient client = client(config.gcp().endpoint());
        add(new LongPoll(SourceId.GCP_PREEMPTED, client, GcpValues.PREEMPTED, values::preempted, hold, false));
        add(new LongPoll(
                SourceId.GCP_MAINTENANCE, client, GcpValues.MAINTENANCE, values::maintenanceEvent, hold, false));
        // Where a machine can migrate, planned maintenance does not take it; and a node learns of its GPUs late.
        later.add(new Later(
                facts.gpus(),
                plan(new LongPoll(SourceId.GCP_UPCOMING, client, GcpValues.UPCOMING, values::upcoming, hold, true))));
    }

    private void addAzure(AgentConfig.Azure config, NodeFacts facts) {
        MetadataClient client = client(config.endpoint());
        add(new AzureSource(client, facts.providerId(), config.pollInterval(), AZURE_FIRST_LIMIT, LIMIT));
    }

    private void add(NoticeSource.Polled source) {
        plans.add(plan(source));
    }

    private static Plan plan(NoticeSource.Polled source) {
        return new Plan("notice-" + source.id().label(), List.of(source));
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

    @Override
    public List<SourceGroup> newGroups(SourceGroup.Listener listener, SplittableGenerator random) {
        for (Later each : List.copyOf(later)) {
            if (each.condition().getAsBoolean()) {
                later.remove(each);
                plans.add(each.plan());
            }
        }
        List<Plan> fresh = List.copyOf(plans.subList(begun, plans.size()));
        begun = plans.size();
        return fresh.stream()
                .map(plan -> new SourceGroup(plan.name(), plan.sources(), listener, random))
                .toList();
    }

    @Override
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        polledIds().forEach(id -> names.add(id.label()));
        later.forEach(each ->
                each.plan().sources().forEach(source -> names.add(source.id().label())));
        watched.forEach(source -> names.add(source.id().label()));
        names.add(SourceId.GPU.label());
        return names;
    }

    @Override
    public List<NoticeSource.Watched> watched() {
        return List.copyOf(watched);
    }

    @Override
    public String describe() {
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
