package dev.lastcall.worker.queue;

/**
 * What is stored of a generation for the next attempt.
 *
 * @param partial "" leaves what is stored
 * @param prompt the prompt's ids, "" leaves what is stored
 */
public record Kept(String partial, String prompt) {

    /** As it is. */
    public static final Kept AS_IT_IS = new Kept("", "");
    /** Nothing: the next attempt starts from zero. */
    public static final Kept NOTHING = new Kept("-", "");
}
