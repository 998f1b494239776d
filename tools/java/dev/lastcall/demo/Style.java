package dev.lastcall.demo;

import java.nio.charset.Charset;
import java.util.Map;

/**
 * What the output can show.
 *
 * @param colour escape sequences for colours
 * @param rewrite the last line may be written again in place
 * @param blocks the output's charset has block characters
 */
record Style(boolean colour, boolean rewrite, boolean blocks) {

    /** The colours in use; the default text colour carries everything that is not a signal. */
    enum Ink {
        DIM("2"),
        BOLD("1"),
        RED("31"),
        GREEN("32"),
        YELLOW("33"),
        CYAN("36");

        private final String code;

        Ink(String code) {
            this.code = code;
        }
    }

    /** {@code NO_COLOR} (any value) takes colours away, {@code FORCE_COLOR} gives them to a file or a pipe. */
    static Style of(boolean terminal, Map<String, String> env, Charset charset) {
        boolean able = terminal && !"dumb".equals(env.get("TERM"));
        boolean forced = !env.getOrDefault("FORCE_COLOR", "0").equals("0");
        boolean refused = !env.getOrDefault("NO_COLOR", "").isEmpty();
        return new Style(
                (able || forced) && !refused, able, charset.newEncoder().canEncode('█'));
    }

    String paint(Ink ink, String text) {
        return colour && !text.isEmpty() ? "\u001b[" + ink.code + "m" + text + "\u001b[0m" : text;
    }

    /** A bar of that width; full at {@code whole}. */
    String bar(long part, long whole, int width) {
        int full = whole <= 0 ? 0 : (int) Math.min(width, (part * width + whole - 1) / whole);
        return (blocks ? "█" : "#").repeat(full) + (blocks ? "░" : ".").repeat(width - full);
    }
}
