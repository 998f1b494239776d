package dev.lastcall.worker.queue;

import java.time.Instant;

/**
 * A job that is this worker's for as long as its lease is renewed.
 *
 * @param token proves it: each claim has its own
 * @param text the job as it stood in the queue
 * @param failures failed attempts before this one
 * @param partial what an attempt before this one generated, "" = nothing; {@code prompt} its prompt's ids
 * @param at Redis' clock at the claim
 */
public record Claim(String id, String token, String text, int failures, String partial, String prompt, Instant at) {}
