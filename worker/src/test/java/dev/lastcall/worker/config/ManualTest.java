package dev.lastcall.worker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ManualTest {

    @Test
    void the_manual_lists_every_setting_with_its_default_and_what_help_says() throws IOException {
        String manual = Files.readString(Path.of("README.md"));
        for (Setting setting : Setting.all()) {
            String given = setting.defaultValue().isEmpty() ? "" : "`" + setting.defaultValue() + "`";
            assertThat(manual).contains("| `" + setting.name() + "` | " + given + " | " + setting.meaning() + " |");
        }
    }
}
