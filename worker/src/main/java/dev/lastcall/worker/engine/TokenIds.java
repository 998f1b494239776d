package dev.lastcall.worker.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A growing row of token ids. */
final class TokenIds {

    private int[] ids = new int[64];
    private int size;

    int size() {
        return size;
    }

    /** Whether all of it was ids; nothing is added else. */
    boolean addAll(@Nullable JsonNode row) {
        if (!(row instanceof ArrayNode array)) {
            return false;
        }
        for (JsonNode id : array) {
            if (!id.canConvertToInt()) {
                return false;
            }
        }
        for (JsonNode id : array) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, size * 2);
            }
            ids[size++] = id.intValue();
        }
        return true;
    }

    /** Adds the first {@code count}. */
    void addTo(ArrayNode array, int count) {
        for (int i = 0; i < count; i++) {
            array.add(ids[i]);
        }
    }
}
