package dev.lastcall.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.images.AgentImage;
import dev.lastcall.support.images.ImageArchive;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What lies in the archives. Guards against files that a stolen process could use or change, and against an image that may not be
 * passed on because the terms of what is inside are missing.
 */
class ImageContentIT {

    private static final String DOC = "/usr/share/doc/lastcall/";

    @ParameterizedTest
    @EnumSource
    void everything_belongs_to_root_and_only_tmp_can_be_written_by_others(AgentImage image) throws Exception {
        ImageArchive archive = read(image);

        assertThat(archive.files()).allSatisfy(entry -> {
            assertThat(entry.uid()).isZero();
            assertThat(entry.gid()).isZero();
        });
        assertThat(archive.files())
                .filteredOn(entry -> (entry.mode() & 0002) != 0 && entry.mode() != 0777)
                .extracting(ImageArchive.Entry::path)
                .containsExactly("/tmp");
        assertThat(archive.files()).as("no setuid, no setgid").noneMatch(entry -> (entry.mode() & 06000) != 0);
    }

    @ParameterizedTest
    @EnumSource
    void there_is_no_shell_and_no_other_program_than_the_agents(AgentImage image) throws Exception {
        assertThat(read(image).files())
                .filteredOn(entry -> entry.file() && (entry.mode() & 0111) != 0)
                .extracting(ImageArchive.Entry::path)
                .satisfiesExactlyInAnyOrder(
                        loader -> assertThat(loader).matches("/usr/lib(64)?/ld-linux-.*"),
                        program -> assertThat(program)
                                .isIn("/usr/lib/lastcall/lastcall-agent", "/usr/lib/lastcall/jre/bin/java"));
    }

    /** Nobody's PATH is asked in there: {@code kubectl exec} needs the name that the page gives it. */
    @ParameterizedTest
    @EnumSource
    void the_program_that_the_page_of_the_doctor_names_is_there(AgentImage image) throws Exception {
        String program = image == AgentImage.NATIVE ? "/lastcall-agent" : "/usr/lib/lastcall/jre/bin/java";
        assertThat(Files.readString(Path.of("docs/DOCTOR.md")))
                .contains(" exec daemonset/lastcall -- " + program + " ");
        assertThat(read(image).files()).extracting(ImageArchive.Entry::path).contains(program);
    }

    @ParameterizedTest
    @EnumSource
    void the_sbom_and_the_terms_of_everything_inside_come_with_it(AgentImage image) throws Exception {
        List<String> papers = read(image).files().stream()
                .filter(entry -> entry.path().startsWith(DOC) && entry.size() > 0)
                .map(entry -> entry.path().substring(DOC.length()))
                .toList();

        assertThat(papers)
                .contains(
                        "LICENSE", "THIRD-PARTY.txt", "lastcall-agent.cdx.json", "jdk/LICENSE", "system/LIBRARIES.txt");
    }

    @ParameterizedTest
    @EnumSource
    void it_runs_as_nobody_in_particular_and_says_what_it_is(AgentImage image) throws Exception {
        ImageArchive archive = read(image);

        assertThat(archive.name()).startsWith("lastcall/lastcall-agent:");
        assertThat(archive.config().at("/config/User").asText()).isEqualTo("65532:65532");
        assertThat(archive.config().at("/config/ExposedPorts").has("9410/tcp")).isTrue();
        assertThat(archive.config()
                        .at("/config/Labels/org.opencontainers.image.licenses")
                        .asText())
                .isEqualTo("Apache-2.0");
        assertThat(archive.config().at("/config/Env").toString())
                .as("where the NVIDIA runtimes and GKE's device plugin put the driver")
                .contains("LD_LIBRARY_PATH=/usr/lib/", ":/usr/lib64:/usr/local/nvidia/lib64");
    }

    @ParameterizedTest
    @EnumSource
    void no_time_but_the_releases_own_is_in_it(AgentImage image) throws Exception {
        assertThat(read(image).files())
                .extracting(ImageArchive.Entry::seconds)
                .as("one build is the same as the next")
                .containsOnly(read(image).files().getFirst().seconds());
    }

    private static ImageArchive read(AgentImage image) throws Exception {
        Need.of(image.missing());
        return ImageArchive.read(image.archive());
    }
}
