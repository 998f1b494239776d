package dev.lastcall.support.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * What the agents of a failed test had said, kept under target/failed-tests and printed by src/test/count at the very end of
 * a run: a test that fails once in fifty runs is understood from what is written down then, or not at all.
 */
public final class FailureReport implements TestExecutionListener {
    static final Path FOLDER = Path.of("target/failed-tests");
    private static final int LAST_LINES = 80;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            keep(name(test), text(result.getThrowable().map(Throwable::toString).orElse(""), AgentProcess.recent()));
        }
    }

    static String text(String why, List<AgentProcess> agents) {
        StringBuilder text = new StringBuilder(why).append('\n');
        for (AgentProcess agent : agents) {
            List<String> lines = agent.lines();
            text.append("-- agent ")
                    .append(agent.pid())
                    .append(", ")
                    .append(agent.standing())
                    .append(":\n");
            lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size())
                    .forEach(line -> text.append(line).append('\n'));
        }
        return text.toString();
    }

    private static String name(TestIdentifier test) {
        TestSource source = test.getSource().orElse(null);
        String full = switch (source) {
            case MethodSource method -> method.getClassName() + "." + method.getMethodName();
            case ClassSource type -> type.getClassName();
            case null, default -> test.getDisplayName();
        };
        return full.replaceAll("[^A-Za-z0-9._$-]", "_");
    }

    private static void keep(String name, String text) {
        try {
            Files.createDirectories(FOLDER);
            Files.writeString(FOLDER.resolve(name + ".txt"), text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
