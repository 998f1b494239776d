package dev.lastcall.serving;

/**
 * One reading of an engine's own counters, summed over its engines and models.
 *
 * @param inFlight running and waiting now
 * @param finished requests that ended by themselves (stop, length) since the engine started
 * @param aborted requests that the engine gave up since it started
 */
public record EngineReading(long inFlight, long finished, long aborted) {}
