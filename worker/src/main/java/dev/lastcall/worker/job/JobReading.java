package dev.lastcall.worker.job;

/** What a line of the queue turned out to be. */
public sealed interface JobReading permits Job, Malformed {}
