package dev.lastcall.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How busy the whole machine has been since its start (first line of /proc/stat, proc_stat in section 5 of the manual).
 *
 * @param busy ticks of all cores in which something ran
 * @param all ticks of all cores
 */
record MachineReading(long busy, long all) {

    /** user, nice, system, idle, iowait, irq, softirq, steal; what follows is contained in user and nice already. */
    private static final int COLUMNS = 8;

    private static final int IDLE = 3;
    private static final int WAITING = 4;

    static MachineReading now() throws IOException {
        return parse(Files.readString(Path.of("/proc/stat")));
    }

    static MachineReading parse(String stat) {
        String first = stat.lines().findFirst().orElse("");
        String[] words = first.split("\\s+");
        if (!words[0].equals("cpu") || words.length <= COLUMNS) {
            throw new IllegalArgumentException("not the first line of /proc/stat: " + first);
        }
        long[] ticks =
                Arrays.stream(words, 1, COLUMNS + 1).mapToLong(Long::parseLong).toArray();
        long all = Arrays.stream(ticks).sum();
        return new MachineReading(all - ticks[IDLE] - ticks[WAITING], all);
    }

    /** Percent of all cores that were busy since an earlier reading. */
    double percentSince(MachineReading earlier) {
        return 100.0 * (busy - earlier.busy) / Math.max(1, all - earlier.all);
    }
}
