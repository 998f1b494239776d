package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What of the Kubernetes client's models ships. Guards against a dependency that brings back the kinds which pom.xml leaves
 * out: 9 MB of jars that no code here names.
 */
class PackagedJarsIT {

    private static final Path JARS = Path.of("target/quarkus-app/lib/main");

    @Test
    void only_the_models_that_the_agent_or_its_client_names_are_packaged() throws IOException {
        try (Stream<Path> jars = Files.list(JARS)) {
            List<String> models = jars.map(jar -> jar.getFileName().toString())
                    .filter(name -> name.startsWith("io.fabric8.kubernetes-model-"))
                    .map(name -> name.replaceAll("^io\\.fabric8\\.kubernetes-model-|-[0-9][^/]*\\.jar$", ""))
                    .toList();
            assertThat(models)
                    .containsExactlyInAnyOrder("apps", "batch", "certificates", "common", "core", "extensions");
        }
    }
}
