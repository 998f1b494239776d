package dev.lastcall.allocation;

/** This container holds this device, alone or with others. */
public record Holding(Device device, PodName pod, String container, String resource) {}
