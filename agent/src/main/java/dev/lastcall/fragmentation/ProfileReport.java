package dev.lastcall.fragmentation;

import java.util.OptionalInt;

/**
 * One profile on one GPU; {@link Fragmentation} defines each number.
 *
 * @param profile its name
 * @param existing e, instances that stand now
 * @param placeable k, further instances that fit now
 * @param ideal k*, further instances that would fit if the same instances were placed best
 * @param fragmentationRatio 1 − k/k*, 0..1
 * @param unusableRatio (F − k·w)/F, 0..1
 * @param evictionsRequired instances that must go before one of this profile fits
 * @param placeableIfIdleReleased k with only the allocated instances kept; empty where the allocation is unknown
 */
public record ProfileReport(
        String profile,
        int existing,
        int placeable,
        int ideal,
        double fragmentationRatio,
        double unusableRatio,
        int evictionsRequired,
        OptionalInt placeableIfIdleReleased) {}
