package dev.lastcall.support.node;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** Names of things that outlive a killed JVM: they carry its process id, so that a later one can sweep them away. */
final class NodeName {

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private NodeName() {}

    /** {@code PREFIXpid-n}: at most 15 characters with a prefix of three, so that it can name a network interface. */
    static String next(String prefix) {
        return prefix + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    }

    /** True for a name of that prefix whose process is gone. */
    static boolean leftBehind(String name, String prefix) {
        OptionalLong pid = pid(name, prefix);
        return pid.isPresent() && ProcessHandle.of(pid.getAsLong()).isEmpty();
    }

    private static OptionalLong pid(String name, String prefix) {
        int dash = name.indexOf('-', prefix.length());
        if (!name.startsWith(prefix) || dash < 0) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(name.substring(prefix.length(), dash)));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
