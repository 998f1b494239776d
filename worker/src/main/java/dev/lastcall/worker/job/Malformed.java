package dev.lastcall.worker.job;

/** What stood in the queue is no job. */
public record Malformed(String reason) implements JobReading {}
