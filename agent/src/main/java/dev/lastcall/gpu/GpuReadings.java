package dev.lastcall.gpu;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * What one GPU as a whole reported in one scan, in base units.
 *
 * @param energyJoules since the driver was loaded
 * @param clocksHertz current clocks
 * @param pcieTxBytes a running counter, may wrap
 * @param nvlinkTxBytes a running counter over all links
 * @param recoveryAction what the driver asks for: 0 nothing, 1 reset the GPU, 2 reboot the node, 3 drain P2P, 4 drain and
 *     reset, 5 recover the IMEX domain, 6 reset the bus, 7 reboot the system (NVML field 230)
 */
public record GpuReadings(
        Reading<Utilization> utilization,
        Reading<GpuMemory> memory,
        Reading<Double> powerWatts,
        Reading<Double> powerLimitWatts,
        Reading<Double> energyJoules,
        Reading<Double> temperatureCelsius,
        Map<ClockDomain, Reading<Long>> clocksHertz,
        Reading<Set<ClockEventReason>> clockEventReasons,
        Reading<Long> pcieTxBytes,
        Reading<Long> pcieRxBytes,
        Reading<Long> nvlinkTxBytes,
        Reading<Long> nvlinkRxBytes,
        EccErrors ecc,
        Reading<RemappedRows> remappedRows,
        Reading<Integer> recoveryAction,
        Reading<Integer> processCount) {

    public GpuReadings {
        EnumMap<ClockDomain, Reading<Long>> inOrder = new EnumMap<>(ClockDomain.class);
        inOrder.putAll(clocksHertz);
        clocksHertz = Collections.unmodifiableMap(inOrder);
    }
}
