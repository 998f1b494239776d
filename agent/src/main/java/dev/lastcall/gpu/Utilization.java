package dev.lastcall.gpu;

/** Share of the last sample period in which kernels ran ({@code gpu}) and memory was read or written, 0 to 1. */
public record Utilization(double gpu, double memory) {}
