package dev.lastcall.health;

/** Whether one input is fit for work. */
public sealed interface Readiness {

    Readiness READY = new Ready();

    static Readiness notReady(String reason) {
        return new NotReady(reason);
    }

    /** Fit. */
    record Ready() implements Readiness {}

    /** Unfit. @param reason a phrase for a person, such as {@code blind for 45 s} */
    record NotReady(String reason) implements Readiness {}
}
