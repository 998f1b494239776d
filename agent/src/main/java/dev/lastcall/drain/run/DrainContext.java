package dev.lastcall.drain.run;

import dev.lastcall.drain.Deadlines;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/** What one pod's drain may know of the whole: the clock, the deadline as it stands now, the ports. */
interface DrainContext {

    InstantSource clock();

    Changes changes();

    PodGateway pods();

    ServingSide serving();

    /** The deadline can tighten under a running drain: ask each time. */
    Deadlines deadlines();

    /** When the drain stops waiting and reports. */
    Instant end();

    /** Serving pods are held until idle; false where no time is left at all (hibernate). */
    boolean hold();

    /** The notice is final. */
    boolean certain();

    boolean mayForce();

    boolean cancelled();

    /** Every pod that is not critical has ended. */
    boolean onlyLastRemain();

    /** The pod as the watch last showed it, by UID; empty when it is gone. */
    Optional<PodView> pod(PodRef ref);

    /** Runs one request under the concurrency bound. */
    <T> T request(Supplier<T> call) throws InterruptedException;

    /** 0 (inclusive) to 1. */
    double chance();

    void emit(DrainEvent event);

    /** A line for the report that a person should read. */
    void finding(String line);
}
