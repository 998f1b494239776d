package dev.lastcall.support.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code make audit}: reads the SBOMs of agent and batch worker and the repository, prints what it found, ends with 1 if something is not in
 * order. Known vulnerabilities are not looked up: that needs a database that is not here.
 */
public final class Audit {

    private static final List<Path> BOMS = List.of(Path.of("target/bom.json"), Path.of("worker/target/bom.json"));

    private Audit() {}

    public static void main(String[] args) throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path bom : BOMS) {
            JsonNode components = new ObjectMapper().readTree(bom.toFile()).path("components");
            if (components.isEmpty()) {
                findings.add(bom + " lists no component");
            }
            for (JsonNode component : components) {
                findings.addAll(Licences.findings(component));
            }
            System.out.println("audit: " + components.size() + " components ship, listed in " + bom);
        }
        findings.addAll(repository());
        findings.forEach(finding -> System.out.println("audit: " + finding));
        System.out.println(
                findings.isEmpty() ? "audit: nothing to object to" : "audit: " + findings.size() + " findings");
        if (!findings.isEmpty()) {
            System.exit(1);
        }
    }

    /** What the repository's own files say, without the SBOM. */
    static List<String> repository() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path workflow : files(Path.of(".github/workflows"), ".yml")) {
            findings.addAll(Pins.ofWorkflow(workflow.toString(), Files.readString(workflow)));
        }
        for (Path module : files(Path.of("src/test/testbed"), "go.mod")) {
            Path sums = module.resolveSibling("go.sum");
            String text = Files.isRegularFile(sums) ? Files.readString(sums) : "";
            findings.addAll(Pins.ofGoModule(module.toString(), Files.readString(module), text));
        }
        for (Path requirements : files(Path.of("src/test"), "requirements.txt")) {
            findings.addAll(Pins.ofPythonRequirements(requirements.toString(), Files.readString(requirements)));
        }
        return findings;
    }

    private static List<Path> files(Path directory, String end) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }
}
