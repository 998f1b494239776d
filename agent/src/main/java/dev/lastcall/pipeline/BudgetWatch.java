package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Workload;
import dev.lastcall.metrics.BudgetMeters;
import dev.lastcall.serving.EngineClient;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.serving.findings.NodeBudgets;
import dev.lastcall.serving.findings.NodeBudgets.News;
import dev.lastcall.serving.findings.Terms;
import dev.lastcall.serving.findings.WorkloadBudget;
import dev.lastcall.web.StateSection;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Once a minute: would the serving pods of this node survive a notice? Silent while a drain is running, when engines are
 * read for better reasons.
 */
@ApplicationScoped
public class BudgetWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final PodGateway pods;
    private final ServingPods serving;
    private final EngineClient client;
    private final DrainPipeline drains;
    private final BudgetMeters meters;
    private final EventRecorder events;
    private final InstantSource clock;
    private final NodeBudgets budgets;

    BudgetWatch(
            AgentConfig config,
            PodGateway pods,
            ServingPods serving,
            EngineClient client,
            DrainPipeline drains,
            BudgetMeters meters,
            EventRecorder events,
            InstantSource clock) {
        this.pods = pods;
        this.serving = serving;
        this.client = client;
        this.drains = drains;
        this.meters = meters;
        this.events = events;
        this.clock = clock;
        this.budgets = new NodeBudgets(
                new Terms(config.drain().safetyMargin(), config.serving().settle(), Terms.DEFAULT_WINDOWS),
                pod -> Workload.of(pod).name());
    }

    @Scheduled(
            identity = "drain-budget",
            every = "60s",
            skipExecutionIf = Scheduled.ApplicationNotRunning.class,
            concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        if (drains.draining() || !pods.synced()) {
            return;
        }
        List<PodView> here = pods.latest().stream()
                .filter(pod -> serving.serves(pod) && !pod.finished() && pod.deletedAt() == null)
                .toList();
        try {
            List<News> news = budgets.round(here, new Asking(), clock.instant());
            meters.show(budgets.latest());
            news.forEach(each -> events.onPod(each.pod(), true, "DrainBudgetDeficit", each.message(), null));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Asking implements NodeBudgets.Engines {
        @Override
        public Optional<String> version(PodView pod) throws InterruptedException {
            return client.version(pod, PATIENCE);
        }

        @Override
        public Optional<String> metrics(PodView pod) throws InterruptedException {
            return client.metrics(pod, PATIENCE);
        }
    }

    @Produces
    @Singleton
    StateSection section() {
        return new StateSection() {
            @Override
            public String name() {
                return "drainBudgets";
            }

            @Override
            public int order() {
                return 50;
            }

            @Override
            public @Nullable Object value() {
                List<WorkloadBudget> latest = budgets.latest();
                return latest.isEmpty()
                        ? null
                        : latest.stream().map(BudgetWatch::row).toList();
            }
        };
    }

    /** Plain values: nothing for Jackson to read by reflection. */
    private static Map<String, Object> row(WorkloadBudget budget) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("workload", budget.namespace() + "/" + budget.workload());
        row.put(
                "deficitSeconds",
                budget.deficits().entrySet().stream()
                        .collect(Collectors.toMap(
                                entry -> entry.getKey().label(),
                                entry -> entry.getValue().toMillis() / 1000.0,
                                (one, _) -> one,
                                LinkedHashMap::new)));
        row.put("findings", budget.sentences());
        return row;
    }
}
