package dev.lastcall.worker.engine;

/** What a call tells while it runs, on the thread that makes it. */
public interface Progress {

    /** One more checkpoint's worth has come. {@code prompt} is "" where it is stored already. */
    void checkpoint(String partial, String prompt);

    /** Tokens that came from the engine. */
    void generated(int tokens);
}
