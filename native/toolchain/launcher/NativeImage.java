import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The {@code native-image} command: turns its arguments, and the settings that lie on the class path, into one run of the
 * image builder. Started by {@code bin/native-image} as {@code NativeImage HOME ARGUMENT...}. It knows what Quarkus passes
 * and what a small program needs ({@code -cp}, {@code -jar}, {@code -o}); what else there is, it refuses by name.
 */
public final class NativeImage {

    /** What the distribution's command ends with when its arguments can't be used. */
    private static final int BAD_USAGE = 20;

    private final Builder builder;
    private final List<String> fromSettings = new ArrayList<>();
    private final List<String> fromUser = new ArrayList<>();
    private final ClassPath classPath = new ClassPath();
    private final List<ClassPath.Exclusion> exclusions = new ArrayList<>();
    private final List<String> words = new ArrayList<>();
    private String mainClass;
    private String output;

    private NativeImage(Path home) throws IOException {
        this.builder = new Builder(home);
    }

    public static void main(String[] args) throws Exception {
        int status;
        try {
            List<String> given = new ArrayList<>(List.of(args).subList(1, args.length));
            status = new NativeImage(Path.of(args[0]).toRealPath()).run(given);
        } catch (Refused e) {
            System.err.println("native-image: " + e.getMessage());
            status = BAD_USAGE;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        System.exit(status);
    }

    private int run(List<String> given) throws IOException, InterruptedException {
        if (given.contains("--version")) {
            builder.version().forEach(System.out::println);
            return 0;
        }
        Deque<String> queue = new ArrayDeque<>();
        for (String argument : given) {
            queue.addAll(argument.startsWith("@") ? Words.of(Files.readString(Path.of(argument.substring(1)))) : List.of(argument));
        }
        while (!queue.isEmpty()) {
            String argument = queue.removeFirst();
            if (!argument.startsWith("-")) {
                words.add(argument);
            } else if (!ours(argument, queue)) {
                fromUser.add(Options.translate(argument, queue, "user"));
            }
        }
        for (ClassPath.Setting setting : classPath.settings(exclusions)) {
            read(setting);
        }
        name();
        List<String> all = new ArrayList<>(fromSettings.stream().distinct().toList());
        all.addAll(fromUser);
        return builder.run(classPath.entries(), mainClass, Path.of(output).toAbsolutePath().normalize(), all);
    }

    /** Arguments that concern this command or the builder's own JVM. */
    private boolean ours(String argument, Deque<String> queue) throws IOException {
        switch (argument) {
            case "-cp", "-classpath", "--class-path" -> classPath.add(Options.value(argument, queue));
            case "-jar" -> jar(Path.of(Options.value(argument, queue)));
            case "-o" -> output = Options.value(argument, queue);
            case "--exclude-config" -> {
                String entry = Options.value(argument, queue);
                exclusions.add(new ClassPath.Exclusion(entry, Options.value(argument, queue)));
            }
            case "--verbose" -> builder.verbose();
            default -> {
                if (argument.startsWith("-J")) {
                    builder.javaOption(argument.substring(2));
                } else if (argument.startsWith("-D")) {
                    builder.javaOption(argument);
                } else if (argument.startsWith("-E")) {
                    builder.environment(argument.substring(2));
                } else {
                    return false;
                }
            }
        }
        return true;
    }

    private void jar(Path file) throws IOException {
        ClassPath.Main main = classPath.addMain(file);
        mainClass = main.name();
        fromUser.addAll(main.options());
        if (output == null) {
            output = file.getFileName().toString().replaceFirst("\\.jar$", "");
        }
    }

    private void read(ClassPath.Setting setting) throws IOException {
        if (setting.option() != null) {
            fromSettings.add(Options.hosted(setting.option(), setting.resource(), setting.origin()));
            return;
        }
        Deque<String> queue = new ArrayDeque<>(setting.arguments());
        while (!queue.isEmpty()) {
            String argument = queue.removeFirst();
            if (!argument.startsWith("-D") && ours(argument, queue)) {
                continue;
            }
            fromSettings.add(Options.translate(argument, queue, setting.origin()));
        }
    }

    /** Words that are no options: {@code MAIN-CLASS [NAME]}, or {@code [NAME]} after {@code -jar}. */
    private void name() {
        if (mainClass == null) {
            if (words.isEmpty()) {
                throw new Refused("which program? give -jar FILE, or -cp PATH MAIN-CLASS");
            }
            mainClass = words.removeFirst();
        }
        if (!words.isEmpty()) {
            output = words.removeFirst();
        }
        if (!words.isEmpty()) {
            throw new Refused("unexpected arguments " + words);
        }
        if (output == null) {
            output = mainClass.toLowerCase(java.util.Locale.ROOT);
        }
    }
}
