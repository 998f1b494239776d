package dev.lastcall.config;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What each key is set to, for a command that runs without Quarkus: the first place that names a key decides, as it does for
 * the agent, else its default. For settings in which {@link ConfigCheck} finds no problem.
 */
public final class SettingValues {

    private static final String PREFIX = "lastcall.";

    private final Map<String, String> set = new HashMap<>();

    /** @param settings the more important place first, as {@link Settings#collect} gives them */
    public SettingValues(List<Setting> settings) {
        for (Setting setting : settings) {
            ConfigKey key = ConfigCheck.find(setting);
            if (key != null) {
                // key[0] and key[1] are elements of one list; a second place for the same key is not looked at.
                boolean element = setting.name().matches(".*(\\[\\d+]|_\\d+_)$");
                set.merge(key.name(), setting.value(), (first, next) -> element ? first + "," + next : first);
            }
        }
    }

    /** @param key without its prefix, for example {@code gpu.library}; empty where it is neither set nor has a default */
    public Optional<String> text(String key) {
        String name = PREFIX + key;
        String value = set.getOrDefault(name, "").strip();
        return value.isEmpty() ? fallback(name) : Optional.of(value);
    }

    private static Optional<String> fallback(String name) {
        return ConfigKeys.all().stream()
                .filter(key -> key.name().equals(name))
                .map(ConfigKey::defaultValue)
                .filter(value -> !value.isEmpty())
                .findFirst();
    }

    /** Elements of a list; none where it is empty. */
    public List<String> list(String key) {
        return text(key).stream()
                .flatMap(value -> Arrays.stream(value.split("(?<!\\\\),")))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    public boolean flag(String key) {
        return text(key).filter(value -> value.equalsIgnoreCase("true")).isPresent();
    }

    /** For keys that have a default. */
    public Duration duration(String key) {
        return text(key).map(DurationConverter::parseDuration).orElseThrow();
    }
}
