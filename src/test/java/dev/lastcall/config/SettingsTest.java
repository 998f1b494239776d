package dev.lastcall.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever Quarkus would read at run time has been checked before it does. */
class SettingsTest {

    @Test
    void all_four_places_are_read(@TempDir Path directory) throws IOException {
        Files.createDirectory(directory.resolve("config"));
        Files.writeString(directory.resolve("config/application.properties"), "lastcall.drain.force=never\n");
        Files.writeString(directory.resolve(".env"), "LASTCALL_DRY_RUN=true\n");
        Properties system = new Properties();
        system.setProperty("lastcall.http.port", "1");

        assertThat(Settings.collect(system, Map.of("LASTCALL_NODE_NAME", "n1"), directory))
                .containsExactly(
                        new Setting(Setting.Origin.SYSTEM_PROPERTY, "lastcall.http.port", "1"),
                        new Setting(Setting.Origin.ENVIRONMENT, "LASTCALL_NODE_NAME", "n1"),
                        new Setting(Setting.Origin.ENVIRONMENT, "LASTCALL_DRY_RUN", "true"),
                        new Setting(Setting.Origin.FILE, "lastcall.drain.force", "never"));
    }
}
