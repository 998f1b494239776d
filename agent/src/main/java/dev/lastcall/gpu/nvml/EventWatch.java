package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Waits for the driver's events on a thread of its own, for one session. XIDs are counted; whatever says that a GPU changed
 * asks for a scan. A product without events, or a process that may not register, is quiet. A wait that fails is begun anew
 * with back-off, always with a new event set after the old one was freed: two sets would count an XID twice.
 *
 * <p>{@link #watch}, {@link #left} and {@link #start} are for the thread that holds the reader's lock; all else is the event
 * thread's own.
 */
final class EventWatch {

    private static final Logger LOG = Logger.getLogger(EventWatch.class);

    static final long XID = 0x8;
    static final long MIG_CONFIG = 0x100;
    static final long UNAVAILABLE = 0x4000;
    static final long RECOVERY_ACTION = 0x8000;
    private static final long WANTED = XID | MIG_CONFIG | UNAVAILABLE | RECOVERY_ACTION;

    /** Short, so that the end of the session does not wait for long: a session must not end under a waiting call. */
    private static final int WAIT_MILLIS = 500;

    private static final Duration LEAVE = Duration.ofSeconds(2);

    private record Registered(int index, String uuid) {}

    private final Calls calls;
    private final XidCounts xids;
    private final Defects defects;
    private final Backoff backoff;
    private final Runnable scanSoon;
    private final Thread thread;

    /** Says that one of the two below has changed. */
    private final Semaphore changed = new Semaphore(0);

    private volatile int gpus;
    private volatile boolean ending;

    private final Map<Long, Registered> registered = new HashMap<>();
    private String said = "";

    /** @param backoff for waits that fail; this watch's own */
    EventWatch(Calls calls, int gpus, XidCounts xids, Defects defects, Backoff backoff, Runnable scanSoon) {
        this.calls = calls;
        this.gpus = gpus;
        this.xids = xids;
        this.defects = defects;
        this.backoff = backoff;
        this.scanSoon = scanSoon;
        this.thread = Thread.ofPlatform().daemon().name("nvml-events").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** So many GPUs there are now; a different number than before begins anew, with all of them. */
    void watch(int count) {
        if (count != gpus) {
            gpus = count;
            changed.release();
        }
    }

    private void run() {
        try {
            while (!ending) {
                int count = gpus;
                Optional<String> failure = oneSet(count);
                if (failure.isPresent()) {
                    say(failure.get());
                    backoff.failed();
                    pause(backoff.left());
                } else if (!ending && count == gpus) {
                    changed.acquire(); // nobody here has events
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** One event set from its making to its end; why it failed, or empty if it was asked to end or has nothing to wait for. */
    private Optional<String> oneSet(int count) throws InterruptedException {
        try {
            Memory created = calls.buffer();
            int code = calls.call("nvmlEventSetCreate", created);
            if (code != ReturnCode.SUCCESS) {
                return failure("nvmlEventSetCreate", code);
            }
            Pointer set = created.getPointer(0);
            try {
                return waitOn(set, count);
            } finally {
                registered.clear();
                calls.call("nvmlEventSetFree", set);
            }
        } catch (SessionLost lost) {
            return Optional.of(lost.function() + " returned " + lost.code());
        } catch (RuntimeException defect) {
            return Optional.of(defects.say("the watch for events", defect));
        }
    }

    private Optional<String> waitOn(Pointer set, int count) throws InterruptedException {
        Set<Integer> missing = IntStream.range(0, count).boxed().collect(Collectors.toCollection(TreeSet::new));
        missing.removeIf(gpu -> register(gpu, set));
        Backoff again = backoff.anew();
        again.failed();
        while (!ending && count == gpus) {
            if (registered.isEmpty()) {
                if (missing.isEmpty()) {
                    return Optional.empty();
                }
                pause(again.left());
            } else {
                int code = await(set);
                if (code != ReturnCode.SUCCESS && code != ReturnCode.TIMEOUT) {
                    return Optional.of("nvmlEventSetWait_v2 returned " + code);
                }
                well();
            }
            if (!missing.isEmpty() && again.due()) {
                missing.removeIf(gpu -> register(gpu, set));
                again.failed();
            }
        }
        return Optional.empty();
    }

    /** False when it may be tried again: what the product does not have, or this process may not do, is not. */
    private boolean register(int gpu, Pointer set) {
        Memory out = calls.buffer();
        try {
            int code = calls.call("nvmlDeviceGetHandleByIndex_v2", gpu, out);
            if (code != ReturnCode.SUCCESS) {
                return ReturnCode.isAnswer(code);
            }
            Pointer device = out.getPointer(0);
            Memory types = calls.buffer();
            code = calls.call("nvmlDeviceGetSupportedEventTypes", device, types);
            long wanted = code == ReturnCode.SUCCESS ? types.getLong(0) & WANTED : 0;
            if (wanted == 0) {
                return ReturnCode.isAnswer(code);
            }
            Optional<String> uuid = calls.askString("nvmlDeviceGetUUID", device, 96);
            if (uuid.isEmpty()) {
                return false;
            }
            code = calls.call("nvmlDeviceRegisterEvents", device, wanted, set);
            if (code == ReturnCode.SUCCESS) {
                registered.put(Pointer.nativeValue(device), new Registered(gpu, uuid.get()));
                if ((wanted & XID) != 0) {
                    xids.heard(uuid.get());
                }
            }
            return ReturnCode.isAnswer(code);
        } catch (SessionLost lost) {
            if (lost.code() == ReturnCode.UNINITIALIZED) {
                throw lost;
            }
            return false; // this GPU alone
        }
    }

    private int await(Pointer set) {
        Memory event = calls.buffer();
        int code = calls.call("nvmlEventSetWait_v2", set, event, WAIT_MILLIS);
        if (code == ReturnCode.SUCCESS) {
            Pointer device = event.getPointer(Layout.EVENT_DEVICE);
            Registered gpu = registered.get(Pointer.nativeValue(device));
            long type = event.getLong(Layout.EVENT_TYPE);
            long data = event.getLong(Layout.EVENT_DATA);
            if (type == XID && gpu != null) {
                xids.add(gpu.uuid(), data);
                LOG.warnf("GPU %d (%s): XID %d", gpu.index(), gpu.uuid(), data);
            }
            scanSoon.run();
        }
        return code;
    }

    private static Optional<String> failure(String function, int code) {
        return ReturnCode.isAnswer(code) ? Optional.empty() : Optional.of(function + " returned " + code);
    }

    private void pause(Duration pause) throws InterruptedException {
        var _ = changed.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Each new failure once, not each round. */
    private void say(String failure) {
        if (!failure.equals(said)) {
            LOG.warnf(
                    "the driver's events can't be read (%s): trying again, XID errors until then are not counted",
                    failure);
        }
        said = failure;
    }

    private void well() {
        if (!said.isEmpty()) {
            LOG.info("the driver's events are read again");
        }
        said = "";
        backoff.succeeded();
    }

    /** False when the thread is stuck in the driver: then the session must not be ended. */
    boolean left() {
        ending = true;
        changed.release();
        try {
            return thread.join(LEAVE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
