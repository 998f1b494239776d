package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards against a label's value that arrives at Prometheus as other bytes than those it was set to. */
class PageWriterTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "Zürich",
                "日本",
                "🚀 and 🚀",
                "half \uD83D",
                "\uDE80 half",
                "\uD83D\uD83D\uDE80",
                "\uD83Dx"
            })
    void text_becomes_the_bytes_that_the_jdk_makes_of_it(String text) {
        assertThat(written(text, new Random(1))).isEqualTo((text + ".").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void text_in_pieces_of_any_kind_becomes_the_same_bytes() {
        Random random = new Random(20261126);
        int[] ends = {0x80, 0x800, 0xD800, 0x110000};
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                int point = random.nextInt(ends[random.nextInt(ends.length)]);
                text.appendCodePoint(point);
            }
            assertThat(written(text.toString(), random))
                    .as("round %d", round)
                    .isEqualTo((text + ".").getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void a_second_page_holds_nothing_of_the_first_and_may_be_longer_than_the_array() {
        PageWriter page = new PageWriter();
        write(page, "first \uD83D");
        page.clear();
        String text = "é".repeat(page.bytes().length);
        write(page, text);

        assertThat(Arrays.copyOf(page.bytes(), page.length())).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(PageWriter page, String text) {
        page.write(text, 0, text.length());
    }

    /** The text and a full stop, as half a pair at the very end has no second half to wait for. */
    private static byte[] written(String text, Random random) {
        PageWriter page = new PageWriter();
        int at = 0;
        while (at < text.length()) {
            int count = 1 + random.nextInt(text.length() - at);
            switch (random.nextInt(3)) {
                case 0 -> page.write(text, at, count);
                case 1 -> page.write(text.toCharArray(), at, count);
                default -> text.substring(at, at + count).chars().forEach(page::write);
            }
            at += count;
        }
        page.write('.');
        return Arrays.copyOf(page.bytes(), page.length());
    }
}
