package dev.lastcall.support.images;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ChangeLog;
import com.github.dockerjava.api.model.HostConfig;
import dev.lastcall.config.ConfigKey;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.http.HttpCall;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * The agent's image on a real engine, under the security context and the memory limit of the chart: no capability, no way to
 * gain one, the engine's default seccomp profile, the host's network. It listens on 127.0.0.1 only and knows no API server.
 */
public final class AgentContainer extends GenericContainer<AgentContainer> {

    /** {@code resources.limits.memory} of the chart, and of its example for the JVM image. */
    private static final long MEMORY = 224L << 20;

    private static final long JVM_MEMORY = 320L << 20;

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final int port;

    private AgentContainer(String image, int port) {
        super(DockerImageName.parse(image));
        this.port = port;
    }

    /** Loads an archive into the engine. */
    public static void load(Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            DockerClientFactory.lazyClient().loadImageCmd(in).exec();
        }
    }

    /** @param readOnly the root file system */
    public static AgentContainer of(String image, boolean readOnly, Map<String, String> environment, Bind... binds)
            throws IOException {
        int port = FreePort.find();
        return new AgentContainer(image, port)
                .withNetworkMode("host")
                .withEnv(ConfigKey.envName("lastcall.kubernetes.enabled"), "false")
                .withEnv(ConfigKey.envName("lastcall.http.port"), String.valueOf(port))
                .withEnv("QUARKUS_HTTP_HOST", "127.0.0.1")
                .withEnv(environment)
                .withCreateContainerCmdModifier(create -> {
                    HostConfig host = create.getHostConfig();
                    if (host != null) {
                        host.withReadonlyRootfs(readOnly)
                                .withCapDrop(Capability.ALL)
                                .withSecurityOpts(List.of("no-new-privileges"))
                                .withMemory(image.endsWith("-jvm") ? JVM_MEMORY : MEMORY)
                                .withBinds(binds);
                    }
                })
                .waitingFor(new Readiness(port));
    }

    public HttpCall.Answer get(String path) throws IOException {
        return HttpCall.get(new InetSocketAddress("127.0.0.1", port), path);
    }

    /** What differs from the image. */
    public List<String> written() {
        List<ChangeLog> changes = client().containerDiffCmd(getContainerId()).exec();
        return changes == null
                ? List.of()
                : changes.stream().map(ChangeLog::getPath).toList();
    }

    /** SIGTERM, and SIGKILL after 30 s. @return the exit code */
    public long terminate() {
        client().stopContainerCmd(getContainerId()).withTimeout(30).exec();
        Long code =
                client().inspectContainerCmd(getContainerId()).exec().getState().getExitCodeLong();
        return code == null ? -1 : code;
    }

    public boolean killedForMemory() {
        return Boolean.TRUE.equals(
                client().inspectContainerCmd(getContainerId()).exec().getState().getOOMKilled());
    }

    /** {@code /proc/PID/status} of its process, as the kernel has it. */
    public Map<String, String> status() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            Path process = processes
                    .filter(folder -> folder.getFileName().toString().matches("[0-9]+"))
                    .filter(this::isOurs)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no process of container " + getContainerId()));
            return Files.readAllLines(process.resolve("status")).stream()
                    .map(line -> line.split(":\\s*", 2))
                    .collect(Collectors.toMap(part -> part[0], part -> part[1].strip()));
        }
    }

    private boolean isOurs(Path process) {
        try {
            return Files.readString(process.resolve("cgroup")).contains(getContainerId());
        } catch (IOException gone) {
            return false;
        }
    }

    private static DockerClient client() {
        return DockerClientFactory.lazyClient();
    }

    /** Without published ports Testcontainers has nothing to ask. */
    private static final class Readiness extends AbstractWaitStrategy {
        private final int port;

        Readiness(int port) {
            this.port = port;
        }

        @Override
        protected void waitUntilReady() {
            Awaitility.await("/health/ready")
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> HttpCall.get(new InetSocketAddress("127.0.0.1", port), "/health/ready")
                                    .status()
                            == 200);
        }
    }
}
