package dev.lastcall;

import dev.lastcall.config.AgentVersion;
import dev.lastcall.config.ConfigCheck;
import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.config.Settings;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import sun.misc.Signal;

/** The program: checks what it was told, then hands over to Quarkus. Nothing is contacted before the check. */
@QuarkusMain
public final class Main {

    /** EX_CONFIG of sysexits.h: what was configured can't be used. */
    static final int BAD_CONFIGURATION = 78;
    /** EX_USAGE of sysexits.h: the command line can't be used. */
    static final int BAD_USAGE = 64;

    private Main() {}

    public static void main(String... args) {
        for (String arg : args) {
            switch (arg) {
                case "--help", "-h" -> {
                    printHelp(System.out);
                    return;
                }
                case "--version" -> {
                    System.out.println("lastcall-agent " + AgentVersion.current());
                    return;
                }
                default -> end(BAD_USAGE, List.of(arg + ": unknown argument; --help says what there is"));
            }
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

    private static void printHelp(PrintStream out) {
        out.println("lastcall-agent " + AgentVersion.current());
        out.println("Lets the requests on a GPU node finish when the cloud takes the node back. One process per node.");
        out.println();
        out.println("  --help     this text");
        out.println("  --version  the version");
        out.println();
        out.println("Settings come from the environment, system properties (-D) or config/application.properties:");
        out.println();
        for (ConfigKey key : ConfigKeys.all()) {
            out.println("  " + key.envName() + (key.defaultValue().isEmpty() ? "" : " [" + key.defaultValue() + "]"));
            out.println("      " + key.name() + ": " + key.meaning());
            out.println("      " + key.allowed());
        }
        out.println();
        out.println("Exit codes: 0 ended as asked, 64 unknown argument, 78 configuration can't be used.");
    }
}
