package dev.lastcall.bench.requests;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One combination.
 *
 * @param request how long requests take, a fifth more or less
 * @param replicas pods of the service, each on a node of its own
 * @param doomed how many of those nodes go, all at the same moment
 */
record Cell(EngineModel engine, Way way, Duration window, Duration request, int replicas, int doomed) {
    private static final int[] WINDOWS = {10, 15, 30, 120};
    private static final int[] REQUESTS = {2, 10, 24, 60, 175};
    private static final int[][] GROUPS = {{1, 1}, {2, 1}, {2, 2}, {4, 1}, {4, 4}};

    /** All there are. */
    static List<Cell> grid() {
        List<Cell> all = new ArrayList<>();
        for (EngineModel engine : EngineModel.values()) {
            for (Way way : Way.values()) {
                IntStream.of(WINDOWS)
                        .forEach(window -> IntStream.of(REQUESTS).forEach(request -> {
                            for (int[] group : GROUPS) {
                                all.add(new Cell(
                                        engine,
                                        way,
                                        Duration.ofSeconds(window),
                                        Duration.ofSeconds(request),
                                        group[0],
                                        group[1]));
                            }
                        }));
            }
        }
        return all;
    }

    /** 99 of 100 requests take no longer. */
    Duration longest() {
        return request.multipliedBy(6).dividedBy(5);
    }
}
