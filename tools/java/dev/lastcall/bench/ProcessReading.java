package dev.lastcall.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the kernel says of a process at one moment (proc_pid_smaps_rollup, proc_pid_status and proc_pid_stat in section 5 of the
 * manual).
 *
 * @param residentKiB all of its pages that are in memory
 * @param anonymousKiB those of them that no file stands behind: heap, stacks, and what was written to; the kernel can't drop these
 * @param peakKiB the most that was ever resident
 * @param cpu user and system time of all its threads since its start
 */
record ProcessReading(long residentKiB, long anonymousKiB, long peakKiB, Duration cpu) {

    /** USER_HZ, the unit of times in /proc: 100 in the interface of every architecture that Lastcall is built for. */
    private static final long TICKS_PER_SECOND = 100;
    /** Fields of stat behind the name, which may hold spaces and parentheses itself. The first of them is number 3 of the manual. */
    private static final int USER_TIME = 14 - 3;

    private static final int SYSTEM_TIME = 15 - 3;

    static ProcessReading of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        return parse(
                Files.readString(process.resolve("smaps_rollup")),
                Files.readString(process.resolve("status")),
                Files.readString(process.resolve("stat")));
    }

    /** @throws IllegalArgumentException naming what is missing; a process that is ending has no memory lines any more */
    static ProcessReading parse(String smapsRollup, String status, String stat) {
        return new ProcessReading(
                kibibytes(smapsRollup, "Rss"),
                kibibytes(smapsRollup, "Anonymous"),
                kibibytes(status, "VmHWM"),
                cpu(stat));
    }

    double residentMiB() {
        return residentKiB / 1024.0;
    }

    double anonymousMiB() {
        return anonymousKiB / 1024.0;
    }

    double peakMiB() {
        return peakKiB / 1024.0;
    }

    /** Percent of one core between an earlier reading of the same process and this one. */
    double percentSince(ProcessReading earlier, Duration between) {
        return 100.0 * cpu.minus(earlier.cpu).toNanos() / between.toNanos();
    }

    private static long kibibytes(String file, String field) {
        return file.lines()
                .filter(line -> line.startsWith(field + ":"))
                .findFirst()
                .map(line -> line.substring(field.length() + 1).strip())
                .filter(value -> value.endsWith(" kB"))
                .map(value ->
                        Long.parseLong(value.substring(0, value.length() - 3).strip()))
                .orElseThrow(() -> new IllegalArgumentException("no line " + field + " in kB: has the process ended?"));
    }

    private static Duration cpu(String stat) {
        int name = stat.lastIndexOf(')');
        String[] fields = stat.substring(name + 1).strip().split(" ", -1);
        if (name < 0 || fields.length <= SYSTEM_TIME) {
            throw new IllegalArgumentException("not a line of /proc/PID/stat: " + stat);
        }
        long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
        return Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
    }
}
