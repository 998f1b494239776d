package dev.lastcall.support.nvml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * One copy of the simulated libnvidia-ml.so.1 with its own scenario and call log, so that tests in one process do not see
 * each other. Without a C compiler or NVIDIA's header the test is skipped with the build's own words.
 */
public final class NvmlSim {

    private final Path folder;

    private NvmlSim(Path folder) {
        this.folder = folder;
    }

    /** @param folder of its own, from {@code @TempDir} */
    public static NvmlSim in(Path folder, String scenario) throws IOException, InterruptedException {
        Path built = build();
        Files.copy(built, folder.resolve("libnvidia-ml.so.1"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(folder.resolve("calls.log"), "");
        NvmlSim sim = new NvmlSim(folder);
        sim.scenario(scenario);
        return sim;
    }

    /** From now on. Replaced by a rename, so that no call reads half a file. */
    public void scenario(String json) throws IOException {
        Path next = folder.resolve("scenario.json.new");
        Files.writeString(next, json);
        Files.move(
                next,
                folder.resolve("scenario.json"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    public String library() {
        return folder.resolve("libnvidia-ml.so.1").toString();
    }

    public Path scenarioFile() {
        return folder.resolve("scenario.json");
    }

    /** One line of the simulator's log. */
    public record Call(long nanos, long thread, String function, int gpu, int code) {}

    public List<Call> calls() throws IOException {
        return Files.readAllLines(folder.resolve("calls.log")).stream()
                .map(line -> line.split(" ", -1))
                .filter(part -> part.length == 5)
                .map(part -> new Call(
                        Long.parseLong(part[0]),
                        Long.parseLong(part[1]),
                        part[2],
                        Integer.parseInt(part[3]),
                        Integer.parseInt(part[4])))
                .toList();
    }

    /** The freshly built library, or a skip. */
    public static Path build() throws IOException, InterruptedException {
        run("native/nvml-sim/build");
        return Path.of("target/nvml-sim/libnvidia-ml.so.1");
    }

    /** The folder that holds NVIDIA's nvml.h, or a skip. */
    public static Path header() throws IOException, InterruptedException {
        return Path.of(run("native/nvml-sim/build", "--header"));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("nvml-sim", ".err");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String said = Files.readString(errors).strip();
        Files.delete(errors);
        int code = process.exitValue();
        if (code == 69) {
            System.out.println("skipped: " + said);
        }
        Assumptions.assumeTrue(code != 69, said);
        if (code != 0) {
            throw new IllegalStateException(String.join(" ", command) + " ended with " + code + ": " + said);
        }
        return output.strip();
    }
}
