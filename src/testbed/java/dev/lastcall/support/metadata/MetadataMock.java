package dev.lastcall.support.metadata;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.FreePort;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A running amazon-ec2-metadata-mock on a free loopback port. */
public final class MetadataMock implements Closeable {

    private final Process process;
    private final int port;

    private MetadataMock(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Where the testbed's build has put it; the newest if there are several. */
    public static Optional<Path> binary() {
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache");
        Path testbed = Path.of(cache, "lastcall", "testbed");
        if (!Files.isDirectory(testbed)) {
            return Optional.empty();
        }
        try (Stream<Path> builds = Files.list(testbed)) {
            return builds.map(build -> build.resolve("bin").resolve("ec2-metadata-mock"))
                    .filter(Files::isExecutable)
                    .max(java.util.Comparator.comparingLong(
                            found -> found.toFile().lastModified()));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** Starts it; {@code arguments} begin with its command. */
    public static MetadataMock start(String... arguments) throws IOException {
        return startAt(FreePort.find(), arguments);
    }

    /** A running instance that nobody has told of an interruption. */
    public static MetadataMock quiet() throws IOException {
        return start("spot", "--mock-delay-sec", "86400", "--rebalance-delay-sec", "86400");
    }

    /** Ends this one and starts another in its place: same address, other news. */
    public MetadataMock becomes(String... arguments) throws IOException {
        close();
        return startAt(port, arguments);
    }

    private static MetadataMock startAt(int port, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(binary().orElseThrow().toString());
        command.addAll(List.of(arguments));
        // By default it listens on every address and shows the event to the first two clients only.
        command.addAll(List.of("--hostname", "127.0.0.1", "--port", Integer.toString(port), "--mock-ip-count", "-1"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await("ec2-metadata-mock listens").atMost(Duration.ofSeconds(60)).until(() -> listens(port));
        return new MetadataMock(process, port);
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    private static boolean listens(int port) {
        try (Socket ignored = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
