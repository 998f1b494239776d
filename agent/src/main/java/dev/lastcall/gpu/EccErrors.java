package dev.lastcall.gpu;

/** ECC errors since the driver was loaded (volatile) and over the life of the board (aggregate). */
public record EccErrors(
        Reading<Long> correctedVolatile,
        Reading<Long> correctedAggregate,
        Reading<Long> uncorrectedVolatile,
        Reading<Long> uncorrectedAggregate) {}
