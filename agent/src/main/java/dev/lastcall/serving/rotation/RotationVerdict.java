package dev.lastcall.serving.rotation;

/** Whether a doomed pod may leave its routers now. */
public sealed interface RotationVerdict {

    /** In words, for Events and the state page. */
    String reason();

    /** Out: enough others serve, or nobody sends it anything. */
    record Leave(String reason) implements RotationVerdict {}

    /** It serves on; the question is asked again. */
    record Keep(String reason) implements RotationVerdict {}
}
