package dev.lastcall.worker;

import dev.lastcall.worker.config.Environment;
import dev.lastcall.worker.config.Setting;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintStream;
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
        if (List.of(args).contains("--help") || List.of(args).contains("-h")) {
            printHelp(System.out);
            return;
        }
        if (List.of(args).contains("--version")) {
            System.out.println("lastcall-worker " + WorkerVersion.current());
            return;
        }
        switch (Command.read(args)) {
            case Command.Unreadable unreadable -> end(BAD_USAGE, List.of(unreadable.why()));
            case Command.Work work -> checked(args, true);
            case Command.Submit submit -> checked(args, false);
            case Command.Watch watch -> checked(args, false);
            case Command.Results results -> checked(args, false);
        }
    }

    private static void checked(String[] args, boolean serve) {
        if (Environment.read(System::getenv) instanceof Environment.Reading.Refused refused) {
            end(BAD_CONFIGURATION, refused.problems());
        }
        // An engine closes what has been idle for 5 s (uvicorn): a request must not go out on such a connection.
        System.setProperty("jdk.httpclient.keepalive.timeout", "3");
        if (!serve) {
            System.setProperty("quarkus.http.host-enabled", "false");
            System.setProperty("quarkus.log.console.level", "OFF");
        }
        // Until the loop is there to end in order.
        Signal.handle(new Signal("TERM"), signal -> Quarkus.asyncExit(0));
        Quarkus.run(WorkerApplication.class, args);
    }

    private static void end(int code, List<String> messages) {
        messages.forEach(message -> System.err.println("lastcall-worker: " + message));
        System.exit(code);
    }

    private static void printHelp(PrintStream out) {
        out.println("lastcall-worker " + WorkerVersion.current());
        out.println("Takes LLM requests off a Redis list, has an OpenAI-like engine answer them, and loses none.");
        out.println();
        out.println("  (no argument)        work until the queue has been empty for IDLE_SECONDS");
        out.println("  submit FILE.jsonl    add the file's jobs, all or none; - is standard input");
        out.println("  watch                show how the queue empties, until it is");
        out.println(
                "  results [-o FILE]    every result and dead letter, in the order of submission, in OpenAI's batch format");
        out.println("  --help, --version");
        out.println();
        out.println(
                "A job is a line {\"id\": \"…\", \"request\": {OpenAI body}} or a line of OpenAI's batch format; a producer");
        out.println("needs one RPUSH. Settings come from the environment:");
        out.println();
        for (Setting setting : Setting.all()) {
            out.println("  " + setting.name()
                    + (setting.defaultValue().isEmpty() ? "" : " [" + setting.defaultValue() + "]"));
            out.println("      " + setting.meaning());
        }
        out.println();
        out.println(
                "Exit codes: 0 queue empty or asked to end, 2 a submitted file can't be read, 64 unknown argument,");
        out.println("69 Redis not reachable for 60 s, 78 configuration can't be used.");
    }
}
