import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/** What the image is made from, and the settings for native-image that lie in it under META-INF/native-image. */
final class ClassPath {

    private static final String ROOT = "META-INF/native-image";

    /** Kinds of settings that the builder reads as resources, and the option that names each. */
    private static final Map<String, String> RESOURCES = Map.of(
            "reachability-metadata.json", "ReachabilityMetadataResources",
            "reflect-config.json", "ReflectionConfigurationResources",
            "jni-config.json", "JNIConfigurationResources",
            "resource-config.json", "ResourceConfigurationResources",
            "proxy-config.json", "DynamicProxyConfigurationResources",
            "serialization-config.json", "SerializationConfigurationResources",
            "predefined-classes-config.json", "PredefinedClassesConfigurationResources");

    /** A main jar's class, and the packages that its manifest opens, as options. */
    record Main(String name, List<String> options) {}

    /** Settings to leave out: patterns for the jar and for the resource in it. */
    record Exclusion(Pattern jar, Pattern resource) {
        Exclusion(String jar, String resource) {
            this(Pattern.compile(jar), Pattern.compile(resource));
        }
    }

    /** One file of settings: a resource that {@code option} names, or (option null) arguments. */
    record Setting(String option, String resource, String origin, List<String> arguments) {}

    private final Set<Path> entries = new LinkedHashSet<>();

    Set<Path> entries() {
        return entries;
    }

    void add(String path) throws IOException {
        for (String entry : path.split(":")) {
            if (entry.endsWith("/*")) {
                try (Stream<Path> files = Files.list(Path.of(entry.substring(0, entry.length() - 2)))) {
                    for (Path file : files.filter(f -> f.toString().endsWith(".jar")).sorted().toList()) {
                        add(file);
                    }
                }
            } else if (!entry.isEmpty()) {
                add(Path.of(entry));
            }
        }
    }

    Main addMain(Path jar) throws IOException {
        if (!Files.isRegularFile(jar)) {
            throw new Refused(jar + " is not there");
        }
        add(jar);
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            Attributes attributes = manifest == null ? new Attributes() : manifest.getMainAttributes();
            if (attributes.getValue(Attributes.Name.MAIN_CLASS) == null) {
                throw new Refused(jar + " names no Main-Class");
            }
            List<String> options = new ArrayList<>();
            open(attributes.getValue("Add-Exports"), "AddExports", options);
            open(attributes.getValue("Add-Opens"), "AddOpens", options);
            if (attributes.getValue("Enable-Native-Access") != null) {
                options.add(Options.hosted("EnableNativeAccess", "ALL-UNNAMED", "user"));
            }
            return new Main(attributes.getValue(Attributes.Name.MAIN_CLASS), options);
        }
    }

    private static void open(String packages, String option, List<String> options) {
        if (packages != null) {
            for (String one : packages.trim().split("\\s+")) {
                options.add(Options.hosted(option, one + "=ALL-UNNAMED", "user"));
            }
        }
    }

    /** With the Class-Path of its manifest, as the Java launcher follows it. */
    private void add(Path entry) throws IOException {
        if (!Files.exists(entry) || !entries.add(entry.toRealPath()) || !Files.isRegularFile(entry)) {
            return;
        }
        try (JarFile file = new JarFile(entry.toFile())) {
            Manifest manifest = file.getManifest();
            String more = manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            for (String relative : more == null ? new String[0] : more.trim().split("\\s+")) {
                URI target = entry.toUri().resolve(relative);
                if ("file".equals(target.getScheme())) {
                    add(Path.of(target));
                }
            }
        }
    }

    List<Setting> settings(List<Exclusion> exclusions) throws IOException {
        List<Setting> settings = new ArrayList<>();
        for (Path entry : entries) {
            if (Files.isDirectory(entry)) {
                if (Files.isDirectory(entry.resolve(ROOT))) {
                    try (Stream<Path> files = Files.walk(entry.resolve(ROOT))) {
                        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                            String resource = entry.relativize(file).toString();
                            add(settings, exclusions, entry, resource, file.toUri().toString(), Files.readAllBytes(file));
                        }
                    }
                }
                continue;
            }
            try (JarFile jar = new JarFile(entry.toFile())) {
                for (String resource : jar.stream().map(ZipEntry::getName)
                        .filter(n -> n.startsWith(ROOT + "/") && !n.endsWith("/")).sorted().toList()) {
                    String origin = "jar:" + entry.toUri() + "!/" + resource;
                    add(settings, exclusions, entry, resource, origin,
                            jar.getInputStream(jar.getEntry(resource)).readAllBytes());
                }
            }
        }
        return settings;
    }

    private static void add(List<Setting> settings, List<Exclusion> exclusions, Path jar, String resource, String origin,
            byte[] content) throws IOException {
        String file = resource.substring(resource.lastIndexOf('/') + 1);
        if (exclusions.stream().anyMatch(e -> e.jar().matcher(jar.toString()).find()
                && e.resource().matcher("/" + resource).find())) {
            return;
        }
        if (RESOURCES.containsKey(file)) {
            settings.add(new Setting(RESOURCES.get(file), resource, origin, List.of()));
        } else if (file.equals("native-image.properties")) {
            Properties properties = new Properties();
            properties.load(new StringReader(new String(content, StandardCharsets.UTF_8)));
            String folder = resource.substring(0, resource.lastIndexOf('/'));
            List<String> arguments = new ArrayList<>();
            Words.of(properties.getProperty("JavaArgs", "")).forEach(a -> arguments.add("-J" + a));
            arguments.addAll(Words.of(properties.getProperty("Args", "")));
            arguments.replaceAll(a -> a.replace("${.}", folder));
            settings.add(new Setting(null, resource, origin, arguments));
        }
    }
}
