package dev.lastcall.gpu;

/** Memory slices {@code start} to {@code start + size - 1} of a GPU. */
public record Placement(int start, int size) {}
