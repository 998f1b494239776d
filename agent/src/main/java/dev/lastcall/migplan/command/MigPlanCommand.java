package dev.lastcall.migplan.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.Profile;
import dev.lastcall.migplan.MigPlan;
import dev.lastcall.migplan.Outcome;
import dev.lastcall.migplan.PlanGpu;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The command {@code mig-plan}: what it takes from its command line, and its exit code. */
public final class MigPlanCommand implements Callable<Integer> {
    private static final int PLAN = 0;
    private static final int IMPOSSIBLE = 1;
    private static final int NOT_VISIBLE = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final CommandSpec spec;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final String agent;

    private MigPlanCommand(InputStream in, PrintStream out, PrintStream err, String agent) {
        this.in = in;
        this.out = out;
        this.err = err;
        this.agent = agent;
        this.spec = CommandSpec.wrapWithoutInspection(this);
    }

    /** @param agent address of the agent on this machine, which is asked where no FILE is given */
    public static CommandSpec spec(InputStream in, PrintStream out, PrintStream err, String agent) {
        CommandSpec spec = new MigPlanCommand(in, out, err, agent).spec.name("mig-plan");
        spec.usageMessage()
                .description(
                        "Says which MIG instances to create, and which idle ones to destroy, so that pending ones fit.",
                        "Destroys the fewest instances. Instances that a container holds stay. Changes nothing itself.",
                        "")
                .customSynopsis("lastcall-agent mig-plan --pending PROFILE=N[,...] [-o FORMAT] [FILE...]")
                .footer(
                        "",
                        "Exit codes: 0 a plan, 1 impossible on these GPUs, 2 the places of instances are not visible, or",
                        "input or arguments that can't be used.");
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("FILE")
                .arity("0..*")
                .type(String[].class)
                .description(
                        "what /api/v1/state of an agent answers; - standard input; nothing: the agent on this node")
                .build());
        spec.addOption(OptionSpec.builder("--pending")
                .paramLabel("PROFILE=N")
                .arity("1")
                .type(String[].class)
                .splitRegex(",")
                .required(true)
                .description("instances that pods wait for, for example 3g.20gb=1,1g.5gb=2")
                .build());
        spec.addOption(OptionSpec.builder("-o", "--output")
                .paramLabel("FORMAT")
                .type(String.class)
                .arity("1")
                .defaultValue("text")
                .description("text (the default), json or mig-parted (a configuration for NVIDIA's mig-parted)")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("this text")
                .build());
        return spec;
    }

    @Override
    public Integer call() {
        try {
            return run();
        } catch (BadInput wrong) {
            err.println("lastcall: " + wrong.line());
            return NOT_VISIBLE;
        }
    }

    private int run() throws BadInput {
        Map<String, Integer> pending = Pending.of(spec.findOption("--pending").<String[]>getValue());
        Output output = output(spec.findOption("--output").<String>getValue());
        States states = States.of(documents());
        states.remarks().forEach(remark -> err.println("lastcall: " + remark));
        if (states.gpus().isEmpty()) {
            throw new BadInput(
                    states.hidden()
                            ? "no GPU whose instances' places are visible; the agents need CAP_SYS_ADMIN (migPositions.enabled)"
                            : "no GPU with MIG on in these states");
        }
        return switch (MigPlan.of(states.gpus(), pending)) {
            case Checked.Invalid<Outcome>(String reason) -> throw new BadInput(reason);
            case Checked.Valid<Outcome>(Outcome.Plan plan) -> {
                out.print(output.of(plan, states.gpus()));
                out.flush();
                yield PLAN;
            }
            case Checked.Valid<Outcome>(Outcome.Impossible impossible) -> {
                err.println("lastcall: " + why(impossible, pending, states.gpus()));
                yield states.hidden() ? NOT_VISIBLE : IMPOSSIBLE;
            }
        };
    }

    private static String why(Outcome.Impossible impossible, Map<String, Integer> pending, List<PlanGpu> gpus) {
        TreeSet<String> offered = gpus.stream()
                .flatMap(gpu -> gpu.geometry().profiles().stream())
                .map(Profile::name)
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> unknown = pending.keySet().stream()
                .filter(name -> !offered.contains(name))
                .toList();
        if (!unknown.isEmpty()) {
            return String.join(", ", unknown) + ": no GPU offers it; they offer " + String.join(", ", offered);
        }
        return "impossible even if every idle instance is destroyed: at most "
                + pending.entrySet().stream()
                        .map(each -> impossible.most().getOrDefault(each.getKey(), 0) + " of " + each.getValue() + " "
                                + each.getKey())
                        .collect(Collectors.joining(" and "))
                + "; add a node, or let pods end";
    }

    private static Output output(String name) throws BadInput {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "text" -> Output.TEXT;
            case "json" -> Output.JSON;
            case "mig-parted" -> Output.MIG_PARTED;
            default -> throw new BadInput("--output " + name + ": can be text, json or mig-parted");
        };
    }

    private List<JsonNode> documents() throws BadInput {
        String[] files = spec.positionalParameters().getFirst().<String[]>getValue();
        List<JsonNode> documents = new ArrayList<>();
        if (files == null || files.length == 0) {
            return List.of(States.parse(agent, asked()));
        }
        for (String file : files) {
            try {
                String text = file.equals("-")
                        ? new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        : Files.readString(Path.of(file));
                documents.add(States.parse(file.equals("-") ? "stdin" : file, text));
            } catch (InvalidPathException e) {
                throw new BadInput(file.replace('\0', '?') + ": no file name");
            } catch (IOException e) {
                throw new BadInput(file + ": can't be read: " + e.getMessage());
            }
        }
        return documents;
    }

    private String asked() throws BadInput {
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(agent)).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new BadInput(agent + " answers " + answer.statusCode());
            }
            return answer.body();
        } catch (IOException e) {
            throw new BadInput(agent
                    + " does not answer; give FILEs with what /api/v1/state of the agents answers, or - for stdin");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BadInput(agent + ": interrupted");
        }
    }
}
