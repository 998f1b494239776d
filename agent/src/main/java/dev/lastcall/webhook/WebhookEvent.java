package dev.lastcall.webhook;

import java.time.Instant;

/**
 * One event on its way out.
 *
 * @param type its CloudEvents type, for the log
 * @param body the event in CloudEvents' structured JSON
 * @param until after this moment nobody is served by it any more; one attempt is made in any case
 */
record WebhookEvent(String type, byte[] body, Instant until) {}
