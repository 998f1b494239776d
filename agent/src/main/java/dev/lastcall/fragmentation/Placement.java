package dev.lastcall.fragmentation;

/**
 * One GPU instance where it stands.
 *
 * @param profile the profile's name
 * @param start its first memory slice
 */
public record Placement(String profile, int start) {

    @Override
    public String toString() {
        return profile + "@" + start;
    }
}
