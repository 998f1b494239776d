package dev.lastcall.allocation;

/**
 * How many devices of one profile there are.
 *
 * @param profile as the MIG device says, or {@link #FULL} for a GPU that is not partitioned
 */
public record DeviceCount(String profile, int allocated, int idle) {

    /** The profile of a GPU as a whole. */
    public static final String FULL = "full";
}
