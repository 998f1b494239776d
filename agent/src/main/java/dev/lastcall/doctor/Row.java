package dev.lastcall.doctor;

import java.util.Locale;

/**
 * What came of one check.
 *
 * @param check its public name, such as {@code right pods/eviction}
 * @param detail what was seen
 * @param remedy what to do; empty where there is nothing to do
 */
record Row(String check, Status status, String detail, String remedy) {

    enum Status {
        OK,
        /** Something the agent needs is not there. */
        PROBLEM,
        /** Could not be told, or is left out on purpose. */
        UNKNOWN;

        long count(java.util.List<Row> rows) {
            return rows.stream().filter(row -> row.status == this).count();
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Row ok(String check, String detail) {
        return new Row(check, Status.OK, detail, "");
    }

    static Row problem(String check, String detail, String remedy) {
        return new Row(check, Status.PROBLEM, detail, remedy);
    }

    static Row unknown(String check, String detail, String remedy) {
        return new Row(check, Status.UNKNOWN, detail, remedy);
    }
}
