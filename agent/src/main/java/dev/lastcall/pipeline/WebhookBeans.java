package dev.lastcall.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.webhook.Webhook;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The webhook, where one is configured: without {@code lastcall.webhook.url} there is no thread and no client. */
@ApplicationScoped
public class WebhookBeans {
    /** Behind those who end the drain and write its last Events. */
    private static final int AFTER_THE_DRAIN = 1100;

    private final @Nullable Webhook webhook;

    WebhookBeans(AgentConfig config, NodeName node, ObjectMapper json, InstantSource clock) {
        AgentConfig.Webhook wanted = config.webhook();
        this.webhook = wanted.url()
                .filter(Predicate.not(String::isBlank))
                .map(url -> new Webhook(
                        URI.create(url.strip()),
                        wanted.headers().orElse(List.of()).stream()
                                .map(Webhook.Header::parse)
                                .toList(),
                        wanted.timeout(),
                        node.value(),
                        config.dryRun(),
                        json,
                        clock))
                .orElse(null);
    }

    void hear(DrainEvent event) {
        Optional.ofNullable(webhook).ifPresent(receiver -> receiver.hear(event));
    }

    /** After the drain has ended: what it had to say last is still to be said. */
    void close(@Observes @Priority(AFTER_THE_DRAIN) ShutdownEvent ending) {
        Optional.ofNullable(webhook).ifPresent(Webhook::close);
    }
}
