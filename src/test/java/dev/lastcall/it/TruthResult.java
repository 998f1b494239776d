package dev.lastcall.it;

import dev.lastcall.lint.truth.Consequence;
import dev.lastcall.lint.truth.TruthRow;
import java.util.List;
import java.util.Set;

/**
 * What became of a manifest's pods.
 *
 * @param said what lint says of it
 * @param measured for the table
 * @param lost requests of its clients, each in words
 * @param lostNeedlessly of those: what any drain would have had the time for
 * @param left its pods when all was over, each in words: what to look at when a claim fails
 */
record TruthResult(
        TruthRow row,
        List<String> said,
        Set<Consequence> seen,
        String measured,
        List<String> lost,
        List<String> lostNeedlessly,
        List<String> left) {

    @Override
    public String toString() {
        return row.name() + ": " + row.findings() + ": " + measured + " lost " + lost + " pods " + left;
    }
}
