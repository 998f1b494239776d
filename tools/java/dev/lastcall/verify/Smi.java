package dev.lastcall.verify;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs nvidia-smi. */
final class Smi {

    private static final Pattern INVALID = Pattern.compile("Field \"([^\"]+)\" is not a valid field");

    private final String program;

    Smi(String program) {
        this.program = program;
    }

    private record Answer(int code, String output) {}

    /** Why it cannot be used, in one line. */
    Optional<String> missing() throws InterruptedException {
        try {
            Answer answer = run("-L");
            return answer.code() == 0
                    ? Optional.empty()
                    : Optional.of("%s -L ended with %d: %s"
                            .formatted(program, answer.code(), answer.output().strip()));
        } catch (IOException none) {
            return Optional.of("there is no " + program + " (set NVIDIA_SMI, or install the driver's tools)");
        }
    }

    SmiReport report() throws IOException, InterruptedException {
        SmiReport report = SmiReport.parse(must("-q", "-x"));
        List<String> fields = new ArrayList<>(Stream.concat(
                        Stream.of("uuid"),
                        Check.OF_GPU.stream()
                                .flatMap(check -> check.keys().stream())
                                .filter(key -> key.contains(".") || key.equals("pstate")))
                .toList());
        while (true) {
            Answer answer = run("--query-gpu=" + String.join(",", fields), "--format=csv,noheader,nounits");
            if (answer.code() == 0) {
                return report.with(fields, answer.output());
            }
            Matcher unknown = INVALID.matcher(answer.output()); // an older or newer nvidia-smi: -q -x may still have it
            if (!unknown.find() || !fields.remove(unknown.group(1))) {
                throw new IOException(
                        program + " --query-gpu: " + answer.output().strip());
            }
        }
    }

    private String must(String... arguments) throws IOException, InterruptedException {
        Answer answer = run(arguments);
        if (answer.code() != 0) {
            throw new IOException("%s %s ended with %d: %s"
                    .formatted(
                            program,
                            String.join(" ", arguments),
                            answer.code(),
                            answer.output().strip()));
        }
        return answer.output();
    }

    private Answer run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException(program + " does not end");
        }
        return new Answer(process.exitValue(), output);
    }
}
