package dev.lastcall.drain;

/** A taint as the Node carries it; a null value of the API is the empty string here. */
public record Taint(String key, String value, String effect) {}
