package dev.lastcall.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What every demo has: a screen, a clock for its steps, a folder that goes with it, and an exit code. */
final class DemoStage {

    private DemoStage() {}

    /** What is shown. */
    interface Play {
        /**
         * @param step says what is being built, with the time since the start
         * @return whether it showed what it promises
         */
        boolean on(Screen screen, Consumer<String> step, Path folder, DemoOptions options) throws Exception;
    }

    /** @return the exit code */
    static int run(Map<String, String> environment, Play play) {
        DemoOptions options;
        try {
            options = DemoOptions.from(environment);
        } catch (DemoOptions.Unusable unusable) {
            System.err.println("lastcall: " + unusable.getMessage());
            return 2;
        }
        boolean terminal = System.console() != null && System.console().isTerminal();
        Screen screen = new Screen(System.out, Style.of(terminal, environment, System.out.charset()));
        Thread interrupted = new Thread(() -> screen.close("  stopping: nothing is left running"), "demo-interrupted");
        Runtime.getRuntime().addShutdownHook(interrupted);
        int code = shown(options, screen, play);
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException ending) {
            // Ctrl-C: the hook has the last word.
        }
        return code;
    }

    private static int shown(DemoOptions options, Screen screen, Play play) {
        Timeline timeline = new Timeline(screen.style());
        long began = System.nanoTime();
        Consumer<String> step = text -> screen.line(timeline.step(Duration.ofNanos(System.nanoTime() - began), text));
        Path folder = temporary();
        try {
            return play.on(screen, step, folder, options) ? 0 : 1;
        } catch (Exception failed) {
            screen.line("  the demo failed: " + failed.getMessage());
            return 1;
        } finally {
            delete(folder);
        }
    }

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("lastcall-demo");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "demo-files"));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException gone) {
            // Somebody else was quicker, or the system clears its temporary files itself.
        }
    }
}
