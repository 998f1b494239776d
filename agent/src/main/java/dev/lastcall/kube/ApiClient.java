package dev.lastcall.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The library's client in use, and the next one. The library reads the cluster's CA from {@code ca.crt} once, when a client
 * is built; kubelet exchanges that file under a running pod. So a client that meets a certificate it does not trust, a token
 * that is refused, or a server that is silent is replaced by one that reads the files again and opens connections of its own.
 */
@Singleton
final class ApiClient implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(ApiClient.class);
    /** Between two renewals: a server that is away for hours is no reason to build clients all the time. */
    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    /** Longer than any request: what is under way on the old client may end there. */
    private static final Duration RETIREMENT = Duration.ofSeconds(30);

    private final KubernetesClient given;
    private volatile KubernetesClient current;
    private volatile boolean closed;
    private @Nullable Long renewedAt;

    @Inject
    ApiClient(KubernetesClient given) {
        this.given = given;
        this.current = given;
    }

    HttpClient http() {
        return current.getHttpClient();
    }

    /** Without a slash at its end. */
    String base() {
        String url = current.getMasterUrl().toString();
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /** Whether the client was closed under us: the program is going down. */
    boolean closed() {
        return closed || http().isClosed();
    }

    /**
     * Replaces the client, unless that has been done since {@code suspect} was in use, or a moment ago.
     *
     * @param why for the log
     */
    synchronized void renew(HttpClient suspect, String why) {
        Long last = renewedAt;
        if (closed()
                || current.getHttpClient() != suspect
                || (last != null && System.nanoTime() - last < PATIENCE_NANOS)) {
            return;
        }
        renewedAt = System.nanoTime();
        KubernetesClient old = current;
        try {
            current = new KubernetesClientBuilder()
                    .withConfig(given.getConfiguration())
                    .withKubernetesSerialization(given.getKubernetesSerialization())
                    .build();
        } catch (KubernetesClientException halfWritten) {
            LOG.warnf("the API server's CA can't be read; going on with the one before: %s", halfWritten.getMessage());
            return;
        }
        LOG.infof("the client for the API server is built anew (%s)", why);
        CompletableFuture.delayedExecutor(RETIREMENT.toSeconds(), TimeUnit.SECONDS)
                .execute(old::close);
    }

    @Override
    @PreDestroy
    public void close() {
        closed = true;
        if (current != given) {
            // The first one belongs to whoever made it.
            current.close();
        }
    }
}
