package dev.lastcall.gpu.nvml;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Mistakes of this program met while reading: each is written to the log once, with its stack trace. From any thread. */
final class Defects {

    private static final Logger LOG = Logger.getLogger(Defects.class);

    /** A defect whose message is different each time must not fill the memory. */
    private static final int REMEMBERED = 64;

    private final Set<String> said = ConcurrentHashMap.newKeySet();

    /** The defect in a few words, for a state or a metric. */
    String say(String where, Throwable defect) {
        if (said.size() < REMEMBERED && said.add(where + defect)) {
            LOG.errorf(defect, "%s failed by a defect of this agent, which is said once", where);
        }
        return defect.toString();
    }
}
