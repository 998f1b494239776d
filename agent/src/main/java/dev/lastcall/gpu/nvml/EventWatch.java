package dev.lastcall.gpu.nvml;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Waits for the driver's events on a thread of its own, for one session. XIDs are counted; whatever says that a GPU changed
 * asks for a scan. A product without events, or a process that may not register, is quiet.
 */
final class EventWatch implements AutoCloseable {

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
    private final int gpus;
    private final XidCounts xids;
    private final Runnable scanSoon;
    private final Map<Long, Registered> registered = new HashMap<>();
    private final Thread thread;
    private volatile boolean ending;

    EventWatch(Calls calls, int gpus, XidCounts xids, Runnable scanSoon) {
        this.calls = calls;
        this.gpus = gpus;
        this.xids = xids;
        this.scanSoon = scanSoon;
        this.thread = Thread.ofPlatform().daemon().name("nvml-events").unstarted(this::watch);
    }

    void start() {
        thread.start();
    }

    private void watch() {
        try {
            Memory created = calls.buffer();
            if (calls.call("nvmlEventSetCreate", created) != ReturnCode.SUCCESS) {
                return;
            }
            Pointer set = created.getPointer(0);
            for (int gpu = 0; gpu < gpus; gpu++) {
                register(gpu, set);
            }
            while (!ending && !registered.isEmpty()) {
                await(set);
            }
            calls.call("nvmlEventSetFree", set);
        } catch (SessionLost lost) {
            LOG.debugf("events end: %s", lost.getMessage());
        }
    }

    private void register(int gpu, Pointer set) {
        Memory out = calls.buffer();
        try {
            if (calls.call("nvmlDeviceGetHandleByIndex_v2", gpu, out) != ReturnCode.SUCCESS) {
                return;
            }
            Pointer device = out.getPointer(0);
            Memory types = calls.buffer();
            if (calls.call("nvmlDeviceGetSupportedEventTypes", device, types) != ReturnCode.SUCCESS) {
                return;
            }
            long wanted = types.getLong(0) & WANTED;
            if (wanted != 0 && calls.call("nvmlDeviceRegisterEvents", device, wanted, set) == ReturnCode.SUCCESS) {
                calls.askString("nvmlDeviceGetUUID", device, 96)
                        .ifPresent(uuid -> registered.put(Pointer.nativeValue(device), new Registered(gpu, uuid)));
            }
        } catch (SessionLost lost) {
            if (lost.code() != ReturnCode.GPU_IS_LOST) { // this GPU alone
                throw lost;
            }
        }
    }

    private void await(Pointer set) {
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
        } else if (code != ReturnCode.TIMEOUT) {
            registered.clear(); // nothing more will come from this set
        }
    }

    /** False when the thread is stuck in the driver: then the session must not be ended. */
    boolean left() {
        ending = true;
        try {
            return thread.join(LEAVE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        ending = true;
    }
}
