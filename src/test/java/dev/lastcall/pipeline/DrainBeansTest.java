package dev.lastcall.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.config.AgentConfig;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DrainBeansTest {

    @Test
    void a_blank_after_the_comma_is_no_part_of_a_namespace() {
        AgentConfig config = new SmallRyeConfigBuilder()
                .withMapping(AgentConfig.class)
                .withConverter(Duration.class, 100, new DurationConverter())
                .withDefaultValues(Map.of("lastcall.drain.namespaces-last", "kube-system, gpu-operator"))
                .build()
                .getConfigMapping(AgentConfig.class);
        assertThat(new DrainBeans().nodeMarks(config).settings().namespacesLast())
                .containsExactlyInAnyOrder("kube-system", "gpu-operator");
    }
}
