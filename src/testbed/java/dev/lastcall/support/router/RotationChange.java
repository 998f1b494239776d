package dev.lastcall.support.router;

import java.time.Instant;

/** A pod entered or left the rotation, as the router applied it. */
public record RotationChange(Instant at, String pod, boolean in) {}
