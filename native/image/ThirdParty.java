import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * What of others ships in the image, and on which terms: {@code java ThirdParty.java BOM LIBRARIES}. First a list of the
 * components of the CycloneDX file, then each text of a licence or notice that lies in a jar, once, with the jars that carry it.
 * A native executable has no jars any more, but the terms stay.
 */
final class ThirdParty {
    private static final Pattern TERMS = Pattern.compile("META-INF/(?:LICENSE|LICENCE|NOTICE|COPYRIGHT|AL2\\.0|LGPL2\\.1)[^/]*");

    private ThirdParty() {}

    public static void main(String[] arguments) throws Exception {
        var rows = new TreeSet<String>();
        for (JsonNode component : new ObjectMapper().readTree(Path.of(arguments[0]).toFile()).path("components")) {
            var licences = new TreeSet<String>();
            for (JsonNode choice : component.path("licenses")) {
                JsonNode licence = choice.path("license");
                licences.add(choice.path("expression").asText(licence.path("id").asText(licence.path("name").asText())));
            }
            rows.add(component.path("group").asText() + ":" + component.path("name").asText() + " "
                    + component.path("version").asText() + "  " + String.join("; ", licences));
        }
        var texts = new TreeMap<String, TreeSet<String>>();
        try (var jars = Files.walk(Path.of(arguments[1]))) {
            for (Path jar : jars.filter(path -> path.toString().endsWith(".jar")).sorted().toList()) {
                try (var file = new JarFile(jar.toFile())) {
                    for (var entry : file.stream().filter(entry -> TERMS.matcher(entry.getName()).matches()).toList()) {
                        try (var in = file.getInputStream(entry)) {
                            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r", "").strip();
                            texts.computeIfAbsent(text, ignored -> new TreeSet<>()).add(jar.getFileName().toString());
                        }
                    }
                }
            }
        }
        var page = new StringBuilder("What of others is in this image.\n\n");
        rows.forEach(row -> page.append(row).append('\n'));
        texts.forEach((text, jars) -> page.append("\n\n==== ").append(String.join(", ", jars)).append("\n\n").append(text).append('\n'));
        System.out.write(page.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }
}
