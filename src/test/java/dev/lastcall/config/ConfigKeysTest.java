package dev.lastcall.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The table that the check and the manual use is the mapping that the agent reads, defaults included. */
class ConfigKeysTest {

    @Test
    void the_table_and_the_mapping_name_the_same_keys_with_the_same_defaults() {
        Map<String, String> mapped = new TreeMap<>();
        collect(AgentConfig.class, "lastcall", mapped);
        Map<String, String> table = new TreeMap<>();
        ConfigKeys.all().forEach(key -> table.put(key.name(), key.defaultValue()));
        assertThat(table).isEqualTo(mapped);
    }

    private static void collect(Class<?> group, String prefix, Map<String, String> into) {
        for (Method method : group.getDeclaredMethods()) {
            String name =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            if (method.getReturnType().getEnclosingClass() == AgentConfig.class) {
                collect(method.getReturnType(), name, into);
            } else {
                WithDefault withDefault = method.getAnnotation(WithDefault.class);
                into.put(name, withDefault == null ? "" : withDefault.value());
            }
        }
    }
}
