package dev.lastcall.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.images.AgentImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code native/image}. Guards against an image whose digest changes although its content does not, so that nobody can rebuild
 * what was released, and against one that lacks a library and shows it on the user's node only.
 */
@Tag("alone")
class ImageBuildIT {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void two_builds_give_the_same_bytes(AgentImage image) throws Exception {
        Need.of(image.missing());

        AgentImage.Run built = image.build("--check");

        assertThat(built.code()).as(built.output()).isZero();
        assertThat(built.output()).contains("built twice, the same bytes").containsPattern("layer sha256:[0-9a-f]{64}");
    }

    @Test
    void a_library_that_is_not_there_is_named_with_what_needs_it() throws Exception {
        Need.of(AgentImage.JVM.missing());

        AgentImage.Run collected =
                AgentImage.run("native/image/collect", folder.toString(), "amd64", "libnot-here.so.7");

        assertThat(collected.code()).isEqualTo(1);
        assertThat(collected.output()).contains("the-image needs libnot-here.so.7, which is in none of");
    }

    @Test
    void a_program_of_another_architecture_is_refused() throws Exception {
        AgentImage.Run collected =
                AgentImage.run("native/image/collect", folder.toString(), foreign(), "/proc/self/exe");

        assertThat(collected.code()).isEqualTo(1);
        assertThat(collected.output()).contains("is no program or library for " + foreign());
        try (Stream<Path> nothing = Files.list(folder)) {
            assertThat(nothing).isEmpty();
        }
    }

    private static String foreign() {
        return System.getProperty("os.arch").equals("aarch64") ? "amd64" : "arm64";
    }
}
