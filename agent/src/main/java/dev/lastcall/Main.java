package dev.lastcall;

import dev.lastcall.config.ConfigCheck;
import dev.lastcall.config.Settings;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sun.misc.Signal;

/**
 * The program: checks what it was told, then hands over to Quarkus. Nothing is contacted before the check. With arguments
 * it is one of {@link Commands} instead, and Quarkus is not started.
 */
@QuarkusMain
public final class Main {

    /** EX_CONFIG of sysexits.h: what was configured can't be used. */
    static final int BAD_CONFIGURATION = 78;

    private Main() {}

    public static void main(String... args) {
        if (args.length > 0) {
            System.exit(new Commands(System.in, System.out, System.err).run(args));
        }
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            end(BAD_CONFIGURATION, problems);
        }
        exitWithZeroOnTerm();
        Quarkus.run(args);
    }

    /** A Java program that is asked to end by SIGTERM reports 143; ours has then done as asked, which is 0. */
    private static void exitWithZeroOnTerm() {
        Signal.handle(new Signal("TERM"), signal -> Quarkus.asyncExit(0));
    }

    private static List<String> problems() {
        try {
            return ConfigCheck.problems(Settings.collect(System.getProperties(), System.getenv(), Path.of("")));
        } catch (IOException e) {
            return List.of("configuration file can't be read: " + e.getMessage());
        }
    }

    private static void end(int code, List<String> messages) {
        messages.forEach(message -> System.err.println("lastcall: " + message));
        System.exit(code);
    }
}
