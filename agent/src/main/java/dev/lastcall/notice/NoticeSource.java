package dev.lastcall.notice;

import java.time.Duration;

/** One place where interruptions are announced. */
public sealed interface NoticeSource {

    /** Which source it is; its label is public. */
    SourceId id();

    /** A source that is asked. */
    non-sealed interface Polled extends NoticeSource {

        /**
         * Asks once and waits for the answer, seconds at most.
         *
         * @throws InterruptedException when the agent stops
         */
        Observation poll() throws InterruptedException;

        /** The pause between an answer and the next question; zero for a long poll. */
        Duration interval();
    }

    /** A source that reads the own Node object, which the agent watches anyway: no request of its own. */
    non-sealed interface Watched extends NoticeSource {

        /**
         * What these signs announce.
         *
         * @param signs the own Node as the watch last gave it
         * @param answeredNanos {@link System#nanoTime()} at its arrival
         */
        Observation observe(NodeSigns signs, long answeredNanos);
    }
}
