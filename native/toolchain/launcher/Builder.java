import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The image builder: a Java program in modules, which wants the compiler interface and the inner packages of its JDK. */
final class Builder {

    private static final String MODULE = "org.graalvm.nativeimage.builder";
    private static final String MAIN = MODULE + "/com.oracle.svm.hosted.NativeImageGeneratorRunner";

    private final Path home;
    private final Properties build = new Properties();
    private final List<String> javaOptions = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private boolean verbose;

    Builder(Path home) throws IOException {
        this.home = home;
        try (Reader in = Files.newBufferedReader(home.resolve("lib/svm/driver/build.properties"))) {
            build.load(in);
        }
    }

    void verbose() {
        verbose = true;
    }

    void javaOption(String option) {
        javaOptions.add(option);
    }

    void environment(String assignment) {
        String[] parts = assignment.split("=", 2);
        if (parts.length == 2) {
            environment.put(parts[0], parts[1]);
        }
    }

    /** Three lines in the form that build tools parse. */
    List<String> version() {
        String vendor = build.getProperty("vendor.version");
        String java = build.getProperty("java.version");
        return List.of(
                "native-image " + build.getProperty("version") + " " + build.getProperty("date"),
                "GraalVM Runtime Environment " + vendor + " (build " + java + ")",
                "Substrate VM " + vendor + " (build " + java + ", serial gc)");
    }

    int run(Collection<Path> classPath, String mainClass, Path output, List<String> options)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>();
        arguments.add("-imagecp");
        arguments.add(join(classPath));
        arguments.add(Options.hosted("CLibraryPath", home.resolve("lib/svm/clibraries/linux-amd64").toString(), "driver"));
        arguments.addAll(options);
        arguments.add(Options.hosted("Path", output.getParent().toString(), "driver"));
        arguments.add(Options.hosted("Name", output.getFileName().toString(), "driver"));
        arguments.add(Options.hosted("Class", mainClass, "driver"));
        UUID id = UUID.nameUUIDFromBytes(String.join("\0", arguments).getBytes(StandardCharsets.UTF_8));
        arguments.add(Options.hosted("ImageBuildID", id.toString(), "driver"));

        Path work = Files.createTempDirectory("native-image-");
        Path argumentFile = work.resolve("builder.args");
        Path javaFile = work.resolve("java.args");
        try {
            List<String> java = java();
            Files.writeString(argumentFile, String.join("\0", arguments));
            Files.write(javaFile, java.stream()
                    .map(a -> '"' + a.replace("\\", "\\\\").replace("\"", "\\\"") + '"').toList());
            if (verbose) {
                java.forEach(System.out::println);
                arguments.forEach(System.out::println);
            }
            ProcessBuilder command = new ProcessBuilder(
                    home.resolve("bin/java").toString(), "@" + javaFile, "--image-args-file=" + argumentFile).inheritIO();
            command.environment().putAll(environment);
            command.environment().remove("JAVA_TOOL_OPTIONS");
            Process process = command.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            return process.waitFor();
        } finally {
            Files.deleteIfExists(argumentFile);
            Files.deleteIfExists(javaFile);
            Files.deleteIfExists(work);
        }
    }

    private List<String> java() throws IOException {
        List<Path> modules;
        try (Stream<Path> files = Files.list(home.resolve("lib/svm/builder"))) {
            modules = files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
        }
        List<String> java = new ArrayList<>(List.of(
                "-XX:+UseParallelGC", "-Xss10m", "-Xms512m", "-Xmx" + heap(), "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UnlockExperimentalVMOptions", "-XX:+EnableJVMCI", "-XX:-UseJVMCICompiler",
                "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=" + MODULE, "-Djava.awt.headless=true",
                "-Djava.system.class.loader=com.oracle.svm.hosted.NativeImageSystemClassLoader",
                "-Djdk.internal.lambda.disableEagerInitialization=true",
                // Without these two the builder can't compile what stands behind a record's equals and hashCode: the executable then
                // interprets them, a thousand times slower. GraalVM's own command passes them, too.
                "-Djava.lang.invoke.MethodHandle.DONT_INLINE_THRESHOLD=-1",
                "-Djava.lang.invoke.MethodHandle.PROFILE_GWT=false",
                "-Dorg.graalvm.nativeimage.imagecode=buildtime", "-Dcom.oracle.graalvm.isaot=true",
                "-Dtruffle.TruffleRuntime=com.oracle.truffle.api.impl.DefaultTruffleRuntime",
                "-Dnative-image.root=" + home,
                "-Dorg.graalvm.vendor=" + build.getProperty("vendor"),
                "-Dorg.graalvm.vendorversion=" + build.getProperty("vendor.version"),
                "-Dorg.graalvm.version=" + build.getProperty("version")));
        java.addAll(Files.readAllLines(home.resolve("lib/svm/driver/exports.args")));
        java.addAll(List.of("--add-modules=ALL-DEFAULT",
                "--upgrade-module-path", home.resolve("lib/graal/compiler.jar").toString(), "--module-path", join(modules)));
        java.addAll(javaOptions);
        java.addAll(List.of("--module", MAIN));
        return java;
    }

    /** Four fifths of the memory that is free now; {@code -J-Xmx} comes later on the command line and wins. */
    private static String heap() throws IOException {
        long available = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst().orElse(4096);
        return Math.clamp(available * 4 / 5, 1024, 31 * 1024) + "m";
    }

    private static String join(Collection<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(":"));
    }
}
