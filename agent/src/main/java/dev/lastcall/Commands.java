package dev.lastcall;

import dev.lastcall.config.AgentVersion;
import dev.lastcall.config.ConfigKey;
import dev.lastcall.config.ConfigKeys;
import dev.lastcall.doctor.DoctorCommand;
import dev.lastcall.lint.LintCommand;
import dev.lastcall.migplan.command.MigPlanCommand;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the program does when it is given arguments: a command of its own, without starting the agent. */
final class Commands {
    /** The command line can't be used. */
    static final int BAD_USAGE = 2;

    private final PrintStream out;
    private final PrintStream err;
    private final CommandLine line;

    Commands(InputStream in, PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
        CommandSpec root = CommandSpec.create().name("lastcall-agent");
        // A command more: its spec here, its line in COMMANDS.
        root.addSubcommand("lint", LintCommand.spec(in, out, err));
        root.addSubcommand("doctor", DoctorCommand.spec(out, err));
        root.addSubcommand("mig-plan", MigPlanCommand.spec(in, out, err, ownState()));
        this.line = new CommandLine(root)
                .setOut(new java.io.PrintWriter(out, true))
                .setErr(new java.io.PrintWriter(err, true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setUsageHelpWidth(120)
                .setParameterExceptionHandler(this::refuse)
                .setExecutionExceptionHandler((e, _, _) -> {
                    err.println("lastcall: " + e);
                    return BAD_USAGE;
                });
    }

    /** Each command with what it does. */
    private static final List<String> COMMANDS = List.of(
            "lint       says which pods of a manifest would not survive an interruption notice",
            "doctor     says what the agent can reach and may do here, and what to do about the rest",
            "mig-plan   says which MIG instances to create and destroy so that pending ones fit");

    /** The agent of this node, where the command runs beside it in its container. */
    private static String ownState() {
        String port = System.getenv("LASTCALL_HTTP_PORT");
        boolean number = port != null && port.matches("[0-9]{1,5}");
        return "http://127.0.0.1:" + (number ? port : "9410") + "/api/v1/state";
    }

    /** @return the exit code */
    int run(String... args) {
        switch (args[0]) {
            case "--help", "-h", "help" -> {
                help();
                return 0;
            }
            case "--version" -> {
                out.println("lastcall-agent " + AgentVersion.current());
                return 0;
            }
            default -> {
                return line.execute(args);
            }
        }
    }

    private int refuse(ParameterException wrong, String[] args) {
        CommandLine at = wrong.getCommandLine();
        boolean root = at.getCommandSpec().parent() == null;
        String help = root ? "lastcall-agent --help" : "lastcall-agent " + at.getCommandName() + " --help";
        String what = wrong instanceof UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched().getFirst() + ": unknown " + (root ? "command or argument" : "option")
                : String.valueOf(wrong.getMessage()).lines().findFirst().orElse(Arrays.toString(args));
        err.println("lastcall: " + what + "; '" + help + "' says what there is");
        return BAD_USAGE;
    }

    private void help() {
        out.println("lastcall-agent " + AgentVersion.current());
        out.println("Lets the requests on a GPU node finish when the cloud takes the node back. One process per node.");
        out.println();
        out.println("Without arguments it runs as the agent. Commands:");
        out.println();
        COMMANDS.forEach(command -> out.println("  " + command));
        out.println();
        out.println("  COMMAND --help  what a command takes");
        out.println("  --help          this text");
        out.println("  --version       the version");
        out.println();
        out.println("Settings come from the environment, system properties (-D) or config/application.properties:");
        out.println();
        for (ConfigKey key : ConfigKeys.all()) {
            out.println("  " + key.envName() + (key.defaultValue().isEmpty() ? "" : " [" + key.defaultValue() + "]"));
            out.println("      " + key.name() + ": " + key.meaning());
            out.println("      " + key.allowed());
        }
        out.println();
        out.println("Exit codes: 0 ended as asked, 2 unknown command or argument, 75 the NVIDIA driver was exchanged");
        out.println("(start the agent again), 78 configuration can't be used.");
    }
}
