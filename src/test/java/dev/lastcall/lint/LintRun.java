package dev.lastcall.lint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/** The command run once, in this process. */
public record LintRun(int code, String out, String err) {

    /** @param input its standard input */
    public static LintRun of(String input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CommandLine line = new CommandLine(LintCommand.spec(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)));
        int code = line.execute(args);
        return new LintRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** {@code name:finding@window} of each finding of an input. */
    public static List<String> findings(String input, String... args) throws IOException {
        LintRun run = of(
                input, Stream.concat(Stream.of("-o", "json"), Stream.of(args)).toArray(String[]::new));
        List<String> found = new ArrayList<>();
        for (JsonNode each : run.json()) {
            found.add(each.path("name").asText() + ":" + each.path("finding").asText()
                    + (each.path("window").isNull()
                            ? ""
                            : "@" + each.path("window").asText()));
        }
        return found;
    }

    public JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out);
    }
}
