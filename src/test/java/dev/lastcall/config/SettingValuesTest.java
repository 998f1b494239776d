package dev.lastcall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.Setting.Origin;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A command without Quarkus reads the settings that the agent would. */
class SettingValuesTest {

    @Test
    void what_is_not_set_is_its_default() {
        SettingValues values = new SettingValues(List.of());
        assertThat(values.text("gpu.library")).contains("libnvidia-ml.so.1");
        assertThat(values.text("node-name")).isEmpty();
        assertThat(values.flag("kubernetes.enabled")).isTrue();
        assertThat(values.duration("gpu.call-timeout")).isEqualTo(Duration.ofSeconds(5));
        assertThat(values.list("notice.provider")).containsExactly("auto");
    }

    @Test
    void the_first_place_decides_whatever_it_calls_the_key() {
        SettingValues values = new SettingValues(List.of(
                new Setting(Origin.SYSTEM_PROPERTY, "lastcall.gpu.library", "/first.so"),
                new Setting(Origin.ENVIRONMENT, "LASTCALL_GPU_LIBRARY", "/second.so"),
                new Setting(Origin.ENVIRONMENT, "LASTCALL_DRY_RUN", "TRUE"),
                new Setting(Origin.ENVIRONMENT, "LASTCALL_NOTICE_PROVIDER", "aws, gcp")));
        assertThat(values.text("gpu.library")).contains("/first.so");
        assertThat(values.flag("dry-run")).isTrue();
        assertThat(values.list("notice.provider")).containsExactly("aws", "gcp");
    }

    @Test
    void indexed_keys_are_the_elements_of_one_list() {
        SettingValues values = new SettingValues(List.of(
                new Setting(Origin.FILE, "lastcall.notice.provider[0]", "aws"),
                new Setting(Origin.FILE, "lastcall.notice.provider[1]", "gcp")));
        assertThat(values.list("notice.provider")).containsExactly("aws", "gcp");
    }
}
