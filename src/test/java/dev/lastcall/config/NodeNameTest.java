package dev.lastcall.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeNameTest {

    @Test
    void the_configured_name_wins_then_the_environment_then_the_host() {
        Map<String, String> environment = Map.of("NODE_NAME", "from-pod");

        assertThat(NodeName.choose(Optional.of("set"), environment).value()).isEqualTo("set");
        assertThat(NodeName.choose(Optional.of(" "), environment).value()).isEqualTo("from-pod");
        assertThat(NodeName.choose(Optional.empty(), environment).value()).isEqualTo("from-pod");
        assertThat(NodeName.choose(Optional.empty(), Map.of("NODE_NAME", "")).value())
                .isNotBlank()
                .isLowerCase();
    }
}
