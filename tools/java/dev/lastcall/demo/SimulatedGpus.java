package dev.lastcall.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The node's eight H100s, two of them cut by MIG: a copy of the simulated NVML library with its scenario beside it. */
final class SimulatedGpus {

    private static final Path BUILT = Path.of("target/nvml-sim/libnvidia-ml.so.1");

    private SimulatedGpus() {}

    /** @return the library to load; empty where it could not be built, which this machine's build said why */
    static Optional<Path> in(Path folder) throws IOException {
        if (!Files.exists(BUILT)) {
            return Optional.empty();
        }
        Files.writeString(folder.resolve("scenario.json"), scenario());
        return Optional.of(Files.copy(BUILT, folder.resolve("libnvidia-ml.so.1")));
    }

    private static String scenario() {
        StringBuilder gpus = new StringBuilder();
        for (int gpu = 0; gpu < 6; gpu++) {
            gpus.append("""
                    {"geometry": "h100-80", "utilization": {"gpu": %d, "memory": 55},
                     "memory": {"usedMiB": 68000}, "powerMilliwatts": 520000, "temperatureCelsius": 64},
                    """.formatted(80 + 3 * gpu));
        }
        // Two slices at the wrong places: this GPU has room for a 3g.40gb by count, but not by placement.
        gpus.append("""
                {"geometry": "h100-80", "mig": true, "instances": [
                  {"profile": "1g.10gb", "start": 1, "usedMiB": 6000},
                  {"profile": "1g.10gb", "start": 5, "usedMiB": 6000}]},
                {"geometry": "h100-80", "mig": true, "instances": [
                  {"profile": "3g.40gb", "start": 4, "usedMiB": 30000},
                  {"profile": "2g.20gb", "start": 0, "usedMiB": 15000}]}
                """);
        return "{\"driver\": \"570.133.20\", \"gpus\": [" + gpus + "]}";
    }
}
