package dev.lastcall.kube;

import io.fabric8.kubernetes.client.Config;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * How the client behaves: it never retries by itself, because only the drain knows how much time is left (the library's
 * own ten retries of a 429 take 19 s), and it gives up a dead address soon.
 */
@Singleton
public final class ClientPolicy implements KubernetesConfigCustomizer {

    private static final int CONNECT_MILLIS = 2_000;
    /** For requests that name no timeout of their own: an eviction may last 10 s in the server's conflict loop. */
    private static final int REQUEST_MILLIS = 15_000;

    private static final int CONCURRENT = 64;

    private final String version;

    @Inject
    public ClientPolicy(@ConfigProperty(name = "quarkus.application.version", defaultValue = "dev") String version) {
        this.version = version;
    }

    @Override
    public void customize(Config config) {
        config.setRequestRetryBackoffLimit(0);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setRequestTimeout(REQUEST_MILLIS);
        config.setMaxConcurrentRequests(CONCURRENT);
        config.setMaxConcurrentRequestsPerHost(CONCURRENT);
        // Also the default field manager: everything before the slash.
        config.setUserAgent("lastcall/" + version);
    }
}
