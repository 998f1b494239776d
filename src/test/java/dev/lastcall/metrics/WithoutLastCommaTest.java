package dev.lastcall.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guards against a label's value, or a help text, that loses a comma of its own. */
class WithoutLastCommaTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a{x=\"1\",y=\"2\",} 1.0 | a{x=\"1\",y=\"2\"} 1.0",
                "a 1.0 | a 1.0",
                "a{x=\",}\",} 1.0 | a{x=\",}\"} 1.0",
                "a{x=\"=\",} 1.0 | a{x=\"=\"} 1.0",
                "a{x=\"q\\\",}\",} 1.0 | a{x=\"q\\\",}\"} 1.0",
                "a{x=\"b\\\\\",} 1.0 | a{x=\"b\\\\\"} 1.0",
                "# HELP a one, \"two,} and {,} | # HELP a one, \"two,} and {,}"
            })
    void only_the_comma_after_the_last_label_goes(String line, String wanted) throws IOException {
        StringWriter text = new StringWriter();
        try (WithoutLastComma out = new WithoutLastComma(text)) {
            out.write(line + "\n" + line + "\n");
            out.write((line + "\n").toCharArray());
        }
        assertThat(text).hasToString((wanted + "\n").repeat(3));
    }
}
