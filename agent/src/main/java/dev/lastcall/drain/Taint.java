package dev.lastcall.drain;

/**
 * A taint as the Node carries it; a null value of the API is the empty string here. Two taints with the same key, value and
 * effect are equal, whatever else the API server keeps of them.
 *
 * @param json the whole taint as the API server sent it ({@code timeAdded}, and fields that are newer than this agent), so
 *     that a patch can send it back unchanged; empty for a taint that is ours to write
 */
public record Taint(String key, String value, String effect, String json) {

    public Taint(String key, String value, String effect) {
        this(key, value, effect, "");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Taint(var otherKey, var otherValue, var otherEffect, var _)
                && key.equals(otherKey)
                && value.equals(otherValue)
                && effect.equals(otherEffect);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * key.hashCode() + value.hashCode()) + effect.hashCode();
    }
}
