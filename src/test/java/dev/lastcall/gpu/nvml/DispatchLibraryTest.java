package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guards against an executable that writes to a temporary folder, or that reads no GPU and does not say why. */
class DispatchLibraryTest {

    private final Properties system = new Properties();

    @TempDir
    Path folder;

    @Test
    void a_library_beside_the_executable_is_used_and_nothing_is_unpacked() throws IOException {
        Files.createFile(folder.resolve("libjnidispatch.so"));
        Path executable = Files.createFile(folder.resolve("lastcall-agent"));

        assertThat(DispatchLibrary.locate(executable, system)).isEmpty();

        assertThat(system)
                .containsEntry("jna.boot.library.path", folder.toRealPath().toString())
                .containsEntry("jna.nounpack", "true");
    }

    /** Guards against a process, ldconfig, at each start. */
    @Test
    void jna_is_told_where_to_look_so_that_it_asks_no_other_program() throws IOException {
        Files.createFile(folder.resolve("libjnidispatch.so"));
        Path executable = Files.createFile(folder.resolve("lastcall-agent"));

        assertThat(DispatchLibrary.locate(executable, system)).isEmpty();

        assertThat(system.getProperty("jna.platform.library.path").split(":")).contains("/usr/lib64", "/usr/lib");
    }

    @Test
    void folders_given_on_the_command_line_stay() throws IOException {
        system.setProperty("jna.platform.library.path", "/opt/nvidia");
        Files.createFile(folder.resolve("libjnidispatch.so"));
        Path executable = Files.createFile(folder.resolve("lastcall-agent"));

        assertThat(DispatchLibrary.locate(executable, system)).isEmpty();

        assertThat(system).containsEntry("jna.platform.library.path", "/opt/nvidia");
    }

    @Test
    void a_link_to_the_executable_leads_to_the_folder_it_really_lies_in() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Files.createFile(real.resolve("libjnidispatch.so"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createFile(real.resolve("lastcall-agent")));

        assertThat(DispatchLibrary.locate(link, system)).isEmpty();

        assertThat(system)
                .containsEntry("jna.boot.library.path", real.toRealPath().toString());
    }

    @Test
    void a_missing_library_is_named_with_the_folder_it_should_be_in() throws IOException {
        Path executable = Files.createFile(folder.resolve("lastcall-agent"));
        String where = folder.toRealPath().toString();

        assertThat(DispatchLibrary.locate(executable, system))
                .hasValueSatisfying(problem -> assertThat(problem).contains("libjnidispatch.so", where));

        assertThat(system).isEmpty();
    }

    @Test
    void a_place_given_on_the_command_line_stays() throws IOException {
        system.setProperty("jna.boot.library.path", "/elsewhere");
        Path executable = Files.createFile(folder.resolve("lastcall-agent"));

        assertThat(DispatchLibrary.locate(executable, system)).isEmpty();

        assertThat(system).containsOnlyKeys("jna.boot.library.path");
        assertThat(system.getProperty("jna.boot.library.path")).isEqualTo("/elsewhere");
    }

    @Test
    void on_a_jvm_jna_is_left_to_itself() {
        assertThat(DispatchLibrary.locate()).isEmpty();
        assertThat(System.getProperty("jna.nounpack")).isNull();
    }
}
