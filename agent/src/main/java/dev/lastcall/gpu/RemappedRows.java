package dev.lastcall.gpu;

/** Memory rows replaced by spare ones; {@code pending} and {@code failure} are 0 or 1. */
public record RemappedRows(long correctable, long uncorrectable, long pending, long failure) {}
