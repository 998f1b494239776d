package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The inference half of a drain, as the drain sees it. */
public interface ServingSide {

    /** Whether this pod serves. */
    boolean serves(PodView pod);

    /** The time routers need after a withdrawal before a quiet engine means an idle one. */
    Duration settle();

    /**
     * Takes the pod out of its routers; idempotent, one or two requests.
     *
     * @param noticeIsFinal the node is going for sure: strategies that a false alarm could not undo are allowed
     */
    Withdrawal withdraw(PodView pod, @Nullable Instant deadline, boolean noticeIsFinal);

    /** Whether a mark of a withdrawal of ours stands on the pod. */
    boolean marked(PodView pod);

    /**
     * Puts it back: only what a withdrawal of ours had changed. Idempotent, one or two requests.
     *
     * @param still asked again in the pod's turn: no drain has begun meanwhile, whose withdrawal this would undo
     */
    Restored restore(PodView pod, BooleanSupplier still);

    /**
     * Opens the readiness gate of each pod that waits for it; a gate that a drain has closed is left alone.
     *
     * @param still as above
     * @return whether none is left waiting
     */
    boolean admit(List<PodView> latest, BooleanSupplier still);

    /** How far putting a pod back has come. */
    enum Restored {
        /** No mark of ours is left. */
        HOLDS,
        /** A request was refused, or a drain has begun: look again. */
        AGAIN,
        /** It left its ReplicaSet and has been replaced: it goes when it is idle. */
        DETACHED
    }

    /** The pod's way out of rotation: whether it may be withdrawn yet, or is one of the last that serve. */
    Rotation rotation(PodView pod);

    /** Starts reading the pod's engine; the first reading is asked for at once, in the background. */
    Watched watch(PodView pod, Optional<DrainRecord.Baseline> baseline, Runnable changed);

    /** One doomed pod and the question whether it may leave its routers. Asked by one thread. */
    interface Rotation {

        /**
         * Looks at those who serve beside it, after marking the pod as doomed for the agents of other nodes to see; a few requests.
         *
         * @param noticeIsFinal as with {@link ServingSide#withdraw}
         */
        Stay ask(Instant deadline, boolean noticeIsFinal);

        /** Whether routers follow the pod although it was withdrawn; what to tell about it, empty where all is well. */
        List<String> stillRouted();
    }

    /** Whether a doomed pod serves on. */
    sealed interface Stay {

        /** In words, for Events and the state page. */
        String reason();

        /** Enough others serve, or nobody sends it anything: it may be withdrawn. */
        record Leave(String reason) implements Stay {}

        /** Too few others serve: ask again in a second. */
        record ServeOn(String reason) implements Stay {}

        /** It could not be marked, or the others could not be seen: ask again soon, and not for long. */
        record Unclear(String reason) implements Stay {}
    }

    /**
     * What a withdrawal did.
     *
     * @param strategies those that were applied, by their public names
     * @param visibleToRouters a router can see it (label or gate); false where only deletion takes the pod out
     * @param problem what kept a strategy from being applied; null when all went through
     * @param attached why the pod was not detached although that was asked for; null where it was, or was not asked for
     */
    record Withdrawal(
            List<String> strategies,
            boolean visibleToRouters,
            @Nullable String problem,
            @Nullable String attached) {}

    /** One engine under observation. */
    interface Watched extends AutoCloseable {

        /** The first reading, once there is one. */
        Optional<DrainRecord.Baseline> baseline();

        /** Running and waiting at the last good reading; empty before the first. */
        Optional<Long> inFlight();

        /** 99 of 100 of the engine's requests took no longer, by its own histogram; empty while unknown. */
        Optional<Duration> requestTime();

        /**
         * The share of what is in flight that ends within this time, 0 to 1, by the same histogram; empty while unknown.
         */
        default OptionalDouble endingWithin(Duration left) {
            return OptionalDouble.empty();
        }

        /** Whether all that a first look can tell is known. */
        default boolean known() {
            return baseline().isPresent();
        }

        /** Consecutive readings with nothing in flight, counted from the call of {@link #startCountingIdleReads()}. */
        boolean idle();

        /** From now on quiet readings count towards idle. */
        void startCountingIdleReads();

        /** What the engine can still finish after a termination signal; zero until known and where it cannot. */
        Duration finishTimeAfterSignal();

        /** Takes one more reading now and waits for it, at most a quarter of a second: the pod is about to be told. */
        void readOnceMore();

        /** The pod got, or is about to get, its termination signal; readings go on until the engine is gone. */
        void signalled();

        /** The pod is gone; what was in flight at the last reading is lost. */
        Tally gone();

        /** Where the counting stands, without ending it. */
        Tally tally();

        /** What a person should know about these engines after the drain, a sentence each. */
        default List<String> findings() {
            return List.of();
        }

        @Override
        void close();
    }

    /**
     * The count of one pod.
     *
     * @param read false where the engine's counters were never readable: the counts are then nothing, not zero
     * @param lastReadingAge age of the last good reading at the signal; null without a signal or a reading
     */
    record Tally(
            boolean read, RequestCounts counts, @Nullable Duration lastReadingAge) {}
}
