package dev.lastcall.health;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** {@code /health/ready}: up when every input is. A node without a GPU is ready; its GPU metrics are absent. */
@Readiness
@ApplicationScoped
class AgentReadiness implements HealthCheck {

    private final Instance<ReadinessInput> inputs;

    AgentReadiness(@Any Instance<ReadinessInput> inputs) {
        this.inputs = inputs;
    }

    @Override
    public HealthCheckResponse call() {
        return judge(inputs);
    }

    static HealthCheckResponse judge(Iterable<ReadinessInput> inputs) {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("lastcall");
        boolean ready = true;
        for (ReadinessInput input : inputs) {
            switch (input.readiness()) {
                case dev.lastcall.health.Readiness.Ready() -> response.withData(input.name(), "ready");
                case dev.lastcall.health.Readiness.NotReady(String reason) -> {
                    response.withData(input.name(), reason);
                    ready = false;
                }
            }
        }
        return response.status(ready).build();
    }
}
