package dev.lastcall.health;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/**
 * {@code /health/started}: up once every observer of the start has run. The port opens before they do, so an answer
 * alone would say nothing.
 */
@Startup
@ApplicationScoped
class AgentStarted implements HealthCheck {

    private volatile boolean started;

    void onStart(@Observes @Priority(Integer.MAX_VALUE) StartupEvent event) {
        started = true;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("lastcall").status(started).build();
    }
}
