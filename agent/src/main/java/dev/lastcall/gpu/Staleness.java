package dev.lastcall.gpu;

/** Why a GPU could not be read in a scan. */
public sealed interface Staleness {

    /** One line for a person. */
    String text();

    /** A call into the driver did not return in time; the thread that made it is still waiting. */
    record Hung(String function) implements Staleness {
        @Override
        public String text() {
            return function + " does not return";
        }
    }

    /** The driver says the GPU fell off the bus or has to be found again. */
    record Lost(String function, int code) implements Staleness {
        @Override
        public String text() {
            return function + " says the GPU is lost (code " + code + ")";
        }
    }

    /** A call the reading depends on failed. */
    record Unreadable(String function, int code) implements Staleness {
        @Override
        public String text() {
            return function + " failed with code " + code;
        }
    }

    /** Reading it failed by a mistake in this program: the log has the whole of it. */
    record Defect(String what) implements Staleness {
        @Override
        public String text() {
            return "reading it failed by a defect of this agent: " + what;
        }
    }

    /** The session with the driver is down for all GPUs. */
    record NoSession() implements Staleness {
        @Override
        public String text() {
            return "no session with the driver";
        }
    }
}
