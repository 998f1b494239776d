package dev.lastcall.gpu;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one GPU reported in one scan beside {@link GpuReadings}: what people look at when a GPU is slower than its neighbour.
 *
 * @param computeSlicesWithoutInstance compute slices that GPU instances hold and no compute instance makes usable; only while
 *     MIG is on
 */
public record GpuDetails(
        Board board,
        Engines engines,
        Thermals thermals,
        Map<ClockDomain, Reading<Long>> maxClocksHertz,
        Links links,
        Modes modes,
        Reading<Integer> computeSlicesWithoutInstance) {

    /**
     * @param serial of the board, empty where the product does not tell it
     * @param architecture {@code ampere}, {@code hopper}, … or the driver's number for one that is newer than this agent
     */
    public record Board(Optional<String> serial, Optional<String> architecture) {}

    /**
     * @param encoder share of the last sample period, 0 to 1
     * @param decoder share of the last sample period, 0 to 1
     * @param activeProcesses processes that used multiprocessors since the scan before
     */
    public record Engines(Reading<Double> encoder, Reading<Double> decoder, Reading<Integer> activeProcesses) {}

    /**
     * @param memoryCelsius of the memory
     * @param marginCelsius what is left until the GPU slows down for its temperature
     * @param thresholdsCelsius temperatures at which something happens
     * @param marginThresholdsCelsius margins at which something happens, where products count so (Ada and later)
     */
    public record Thermals(
            Reading<Double> memoryCelsius,
            Reading<Double> marginCelsius,
            Map<TemperatureThreshold, Reading<Double>> thresholdsCelsius,
            Map<TemperatureThreshold, Reading<Double>> marginThresholdsCelsius) {

        public Thermals {
            thresholdsCelsius = inOrder(TemperatureThreshold.class, thresholdsCelsius);
            marginThresholdsCelsius = inOrder(TemperatureThreshold.class, marginThresholdsCelsius);
        }
    }

    /**
     * @param pcieGeneration in use, lower when idle
     * @param pcieWidth lanes in use
     * @param pcieReplays packets sent again, since the driver was loaded
     * @param nvlinksActive links that are up
     * @param nvlinkErrors over all links, since the driver was loaded
     */
    public record Links(
            Reading<Integer> pcieGeneration,
            Reading<Integer> pcieWidth,
            Reading<Long> pcieReplays,
            Reading<Integer> nvlinksActive,
            Map<NvLinkError, Reading<Long>> nvlinkErrors) {

        public Links {
            nvlinkErrors = inOrder(NvLinkError.class, nvlinkErrors);
        }
    }

    /**
     * @param performanceState P-state, 0 is the fastest
     * @param persistence whether the driver stays loaded without a client
     */
    public record Modes(Reading<Integer> performanceState, Reading<Boolean> persistence, Reading<EccMode> ecc) {}

    /** @param pending in force after the next reset */
    public record EccMode(boolean current, boolean pending) {}

    public GpuDetails {
        maxClocksHertz = inOrder(ClockDomain.class, maxClocksHertz);
    }

    /** Nothing of all that is known. */
    public static GpuDetails unknown() {
        return new GpuDetails(
                new Board(Optional.empty(), Optional.empty()),
                new Engines(Reading.unsupported(), Reading.unsupported(), Reading.unsupported()),
                new Thermals(Reading.unsupported(), Reading.unsupported(), Map.of(), Map.of()),
                Map.of(),
                new Links(
                        Reading.unsupported(),
                        Reading.unsupported(),
                        Reading.unsupported(),
                        Reading.unsupported(),
                        Map.of()),
                new Modes(Reading.unsupported(), Reading.unsupported(), Reading.unsupported()),
                Reading.unsupported());
    }

    private static <K extends Enum<K>, V> Map<K, V> inOrder(Class<K> keys, Map<K, V> values) {
        EnumMap<K, V> ordered = new EnumMap<>(keys);
        ordered.putAll(values);
        return Collections.unmodifiableMap(ordered);
    }
}
