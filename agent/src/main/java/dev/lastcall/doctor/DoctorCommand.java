package dev.lastcall.doctor;

import dev.lastcall.config.AgentVersion;
import dev.lastcall.config.ConfigCheck;
import dev.lastcall.config.Setting;
import dev.lastcall.config.SettingValues;
import dev.lastcall.config.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The command {@code doctor}: what it takes from its command line, and its exit code. */
public final class DoctorCommand implements Callable<Integer> {
    private static final int WELL = 0;
    private static final int PROBLEMS = 1;
    private static final int BAD_USAGE = 2;
    /** EX_CONFIG of sysexits.h, as the agent ends. */
    private static final int BAD_CONFIGURATION = 78;

    private final CommandSpec spec;
    private final PrintStream out;
    private final PrintStream err;

    private DoctorCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
        // Without inspection: no annotation is read by reflection, which a native executable would have to be told.
        this.spec = CommandSpec.wrapWithoutInspection(this);
    }

    public static CommandSpec spec(PrintStream out, PrintStream err) {
        CommandSpec spec = new DoctorCommand(out, err).spec.name("doctor");
        spec.usageMessage()
                .description(
                        "Says what an agent with these settings can reach and may do here: the API server and each right,",
                        "the own Node and its watches, the metadata service, NVML, kubelet's socket, the engines on this",
                        "node and their budgets. Changes nothing.",
                        "")
                .customSynopsis(
                        "lastcall-agent doctor [OPTIONS]",
                        "       kubectl -n NAMESPACE exec daemonset/lastcall -- /lastcall-agent doctor")
                .footer(
                        "",
                        "It reads the settings that the agent reads: the environment, -D, config/application.properties.",
                        "Each row is ok, problem or unknown; what to do about it stands below it.",
                        "Exit codes: 0 no problem, 1 a problem, 2 arguments that can't be used, 78 configuration.");
        spec.addOption(OptionSpec.builder("-o", "--output")
                .paramLabel("FORMAT")
                .type(String.class)
                .arity("1")
                .defaultValue("text")
                .description("text (the default) or json: an array of {check, status, detail, remedy}")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("this text")
                .build());
        return spec;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        String format = spec.findOption("--output").getValue();
        Output output;
        try {
            output = Output.valueOf(format.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            err.println("lastcall: --output: '" + format + "' is not allowed; give text or json");
            return BAD_USAGE;
        }
        List<Setting> settings = Settings.collect(System.getProperties(), System.getenv(), Path.of(""));
        List<String> wrong = ConfigCheck.problems(settings);
        if (!wrong.isEmpty()) {
            wrong.forEach(line -> err.println("lastcall: " + line));
            return BAD_CONFIGURATION;
        }
        quiet();
        List<Row> rows = new Examination(
                        new SettingValues(settings), System.getenv(), InstantSource.system(), AgentVersion.current())
                .rows();
        out.print(output.of(rows));
        out.flush();
        return Row.Status.PROBLEM.count(rows) == 0 ? WELL : PROBLEMS;
    }

    /** What the parts would log stands in the rows. */
    private static void quiet() {
        Logger root = LogManager.getLogManager().getLogger("");
        if (root != null) {
            root.setLevel(Level.OFF);
        }
    }
}
