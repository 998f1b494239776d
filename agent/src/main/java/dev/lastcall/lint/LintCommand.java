package dev.lastcall.lint;

import dev.lastcall.serving.findings.Rules;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The command {@code lint}: what it takes from its command line, and its exit code. */
public final class LintCommand implements Callable<Integer> {
    private static final int CLEAN = 0;
    private static final int FINDINGS = 1;
    private static final int UNREADABLE = 2;

    private final CommandSpec spec;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    private LintCommand(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
        // Without inspection: no annotation is read by reflection, which a native executable would have to be told.
        this.spec = CommandSpec.wrapWithoutInspection(this);
    }

    public static CommandSpec spec(InputStream in, PrintStream out, PrintStream err) {
        CommandSpec spec = new LintCommand(in, out, err).spec.name("lint");
        spec.usageMessage()
                .description(
                        "Says which pods of these manifests would not survive an interruption notice, and what to change.",
                        "Contacts nothing.",
                        "")
                .customSynopsis(
                        "lastcall-agent lint [OPTIONS] [FILE...]", "       helm template ... | lastcall-agent lint")
                .footer(footer());
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("FILE")
                .arity("0..*")
                .type(String[].class)
                .description("YAML or JSON, or a directory of it; - or nothing: standard input")
                .build());
        spec.addOption(many("--window", "LENGTH", "notices to survive, for example 30s,120s (the default)"));
        spec.addOption(
                many("--cloud", "NAME", "take the notice that this cloud gives: " + String.join(", ", Request.CLOUDS)));
        spec.addOption(many("--disable", "FINDING", "leave this finding out"));
        spec.addOption(OptionSpec.builder("-o", "--output")
                .paramLabel("FORMAT")
                .type(String.class)
                .arity("1")
                .defaultValue("text")
                .description("text (the default), json or sarif (2.1.0, for code scanning)")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("this text")
                .build());
        return spec;
    }

    private static OptionSpec many(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(String[].class)
                .arity("1")
                .splitRegex(",")
                .description(description)
                .build();
    }

    private static String[] footer() {
        Stream<String> findings = Rules.all().stream().map(rule -> "  " + rule.name() + "\n      " + rule.meaning());
        return Stream.of(
                        Stream.of("", "Findings:"),
                        findings,
                        Stream.of(
                                "",
                                "To accept one, annotate the workload: " + Accepted.ANNOTATION + ": finding=reason",
                                "Exit codes: 0 no findings, 1 findings, 2 input or arguments that can't be used."))
                .flatMap(each -> each)
                .toArray(String[]::new);
    }

    @Override
    public Integer call() throws IOException {
        try {
            return run(request());
        } catch (Unreadable wrong) {
            err.println("lastcall: " + wrong.line());
            return UNREADABLE;
        } catch (OutOfMemoryError tooMuch) {
            err.println("lastcall: the input needs more memory than there is; split it, or give more with -Xmx");
            return UNREADABLE;
        }
    }

    private Request request() throws Unreadable {
        return Request.of(
                values(spec.positionalParameters().getFirst().<String[]>getValue()),
                spec.findOption("--output").<String>getValue(),
                values(spec.findOption("--window").<String[]>getValue()),
                values(spec.findOption("--cloud").<String[]>getValue()),
                values(spec.findOption("--disable").<String[]>getValue()));
    }

    private static List<String> values(String @org.jspecify.annotations.Nullable [] given) {
        return given == null ? List.of() : List.of(given);
    }

    private int run(Request request) throws IOException {
        List<Manifest> manifests = new ArrayList<>();
        boolean allRead = true;
        for (String file : request.files()) {
            allRead &= read(file, manifests);
        }
        Lint lint = Lint.of(manifests, request.terms(), request.disabled());
        lint.remarks().forEach(remark -> err.println("lastcall: " + remark));
        out.print(request.output().of(lint));
        out.flush();
        int open = lint.open().size();
        if (request.output() == Output.TEXT) {
            int accepted = lint.located().size() - open;
            err.println("lastcall: " + open + (open == 1 ? " finding" : " findings")
                    + (accepted == 0 ? "" : ", " + accepted + " accepted") + " in " + lint.templates()
                    + (lint.templates() == 1 ? " pod template" : " pod templates") + " of " + lint.objects()
                    + (lint.objects() == 1 ? " object" : " objects"));
        }
        return !allRead ? UNREADABLE : open > 0 ? FINDINGS : CLEAN;
    }

    /** A file that can't be read costs a line and the exit code, not the findings of the others. */
    private boolean read(String file, List<Manifest> manifests) {
        try {
            if (file.equals(Source.STDIN)) {
                manifests.addAll(objects("stdin", Source.text("stdin", in)));
                return true;
            }
            Path path = Path.of(file);
            if (!Files.isDirectory(path)) {
                manifests.addAll(objects(file, Source.text(path)));
                return true;
            }
            boolean all = true;
            for (Path below : Source.below(path)) {
                all &= readOne(below, manifests);
            }
            return all;
        } catch (Unreadable wrong) {
            err.println("lastcall: " + wrong.line());
            return false;
        } catch (java.nio.file.InvalidPathException odd) {
            err.println("lastcall: " + file.replace('\0', '?') + ": no file name");
            return false;
        }
    }

    /** A file that the user named is meant to be a manifest; among those of a directory others may be. */
    private static List<Manifest> objects(String file, String text) throws Unreadable {
        List<Manifest> found = Manifest.read(file, text);
        if (!found.isEmpty() && found.stream().allMatch(each -> each.kind().isEmpty())) {
            throw new Unreadable(file + ": no Kubernetes object: nothing in it has a kind");
        }
        return found;
    }

    private boolean readOne(Path path, List<Manifest> manifests) {
        try {
            manifests.addAll(Manifest.read(path.toString(), Source.text(path)));
            return true;
        } catch (Unreadable wrong) {
            err.println("lastcall: " + wrong.line());
            return false;
        }
    }
}
