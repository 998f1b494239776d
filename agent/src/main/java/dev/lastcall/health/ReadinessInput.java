package dev.lastcall.health;

/**
 * One thing without which this agent can't do its work, such as its own Node being readable or a notice source not
 * being blind. Every CDI bean of this type is asked at each {@code /health/ready}; one that is not there (the Node,
 * with Kubernetes switched off) is not asked.
 */
public interface ReadinessInput {

    /** What is being judged, for example {@code own-node} or {@code notice-source-aws}; unique and stable. */
    String name();

    /** Answers from memory and at once: the kubelet's probe has a second, and a call that hangs must not count. */
    Readiness readiness();
}
