package dev.lastcall.worker.metrics;

import dev.lastcall.worker.run.BatchLoop;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready: Redis answers, and the worker takes jobs. */
@Readiness
@ApplicationScoped
class RedisAnswers implements HealthCheck {

    private final Instance<BatchLoop> loop;

    RedisAnswers(Instance<BatchLoop> loop) {
        this.loop = loop;
    }

    @Override
    public HealthCheckResponse call() {
        BatchLoop work = loop.get();
        return HealthCheckResponse.named("queue")
                .status(work.contact().answers() && work.working())
                .build();
    }
}
