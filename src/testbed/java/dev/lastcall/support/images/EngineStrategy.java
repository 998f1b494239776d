package dev.lastcall.support.images;

import java.util.Optional;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.TransportConfig;

/** Points Testcontainers to {@link DockerEngine}; it finds this class through {@code META-INF/services}. */
public final class EngineStrategy extends DockerClientProviderStrategy {

    /** Above those that Testcontainers brings. */
    private static final int FIRST = 1_000;

    @Override
    public String getDescription() {
        return "the engine of the image tests";
    }

    @Override
    protected boolean isApplicable() {
        return DockerEngine.running().isPresent();
    }

    /** Not to be written into the user's own configuration: the engine is gone after the tests. */
    @Override
    protected boolean isPersistable() {
        return false;
    }

    @Override
    protected int getPriority() {
        return FIRST;
    }

    @Override
    public TransportConfig getTransportConfig() {
        Optional<DockerEngine> engine = DockerEngine.running();
        return TransportConfig.builder()
                .dockerHost(engine.orElseThrow().address())
                .build();
    }
}
