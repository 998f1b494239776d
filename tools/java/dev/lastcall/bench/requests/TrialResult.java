package dev.lastcall.bench.requests;

import dev.lastcall.drain.RequestCounts;
import java.time.Duration;

/**
 * What became of a cell's requests, by their clients.
 *
 * @param needlessly lost, though their last token would have come a safety margin before the cut
 * @param turnedAway nobody took them; the sender knew at once
 * @param finishedThere of those on the doomed nodes
 * @param lostThere of those on the doomed nodes
 * @param ledger what the agents reported; nothing where no agent was there
 * @param empty how long nobody was in rotation before the last moment at which one of the last may leave it
 * @param nobody how long nobody was in rotation while a machine stood that had the time for one more request
 */
record TrialResult(
        Cell cell,
        int requests,
        int finished,
        int lost,
        int needlessly,
        int turnedAway,
        int finishedThere,
        int lostThere,
        RequestCounts ledger,
        Duration empty,
        Duration nobody) {

    /** Whether the agents' reports say what the clients know; of an engine that counts loosely some may be unknown to them. */
    boolean ledgerIsTrue() {
        return ledger.finished() == finishedThere
                && ledger.lost() == lostThere
                && (ledger.unknown() == 0 || cell.engine().loose());
    }
}
