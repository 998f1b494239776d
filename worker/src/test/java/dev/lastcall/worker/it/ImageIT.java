package dev.lastcall.worker.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerImage;
import dev.lastcall.worker.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The worker's images. Guards against a library, a module or a licence that is missing in there only. */
class ImageIT {

    private static final String DOC = "/usr/share/doc/lastcall/";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"jvm", "native"})
    void it_does_a_queues_jobs_as_nobody_in_particular_with_its_own_files_alone(String variant) throws Exception {
        WorkerImage image = WorkerImage.unpacked(variant, folder);
        assertThat(image.config().path("User").textValue()).isEqualTo("65532:65532");
        assertThat(image.config().path("ExposedPorts").has("9411/tcp")).isTrue();
        try (Scene scene = new Scene()) {
            scene.queue.push(Queue.job("a", "tell", 100), "no job");
            WorkerProcess worker = scene.worker(image.command());
            assertThat(worker.exitCode()).as(worker.output()).isZero();
            assertThat(scene.queue.result("a").at("/response/choices/0/text").textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 100));
            assertThat(scene.queue.dead()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jvm", "native"})
    void it_holds_no_shell_but_the_terms_of_everything_that_is_inside(String variant) throws Exception {
        WorkerImage image = WorkerImage.unpacked(variant, folder);
        assertThat(image.files())
                .filteredOn(file -> Files.isExecutable(image.root().resolve(file.substring(1))))
                // The first is a link, a short name for kubectl exec.
                .allMatch(file -> file.matches(
                        "/lastcall-worker|/usr/lib(64)?/ld-linux-.*|/usr/lib/lastcall/(lastcall-worker|jre/bin/java)"));
        assertThat(image.files())
                .contains(
                        DOC + "LICENSE",
                        DOC + "THIRD-PARTY.txt",
                        DOC + "lastcall-worker.cdx.json",
                        DOC + "jdk/LICENSE",
                        DOC + "system/LIBRARIES.txt");
    }
}
