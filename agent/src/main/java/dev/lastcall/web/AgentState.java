package dev.lastcall.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.AgentVersion;
import dev.lastcall.config.NodeName;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/** The state of the agent as one tree of plain values: maps, lists, strings, numbers, booleans. */
@Singleton
@Startup
class AgentState {

    private static final Logger LOG = Logger.getLogger(AgentState.class);

    private final Instance<StateSection> sections;
    private final ObjectMapper mapper;
    private final InstantSource clock;
    private final AgentConfig config;
    private final NodeName node;
    private final String version = AgentVersion.current();
    private final String startedAt;

    AgentState(
            @Any Instance<StateSection> sections,
            ObjectMapper mapper,
            InstantSource clock,
            AgentConfig config,
            NodeName node) {
        this.sections = sections;
        this.mapper = mapper;
        this.clock = clock;
        this.config = config;
        this.node = node;
        this.startedAt = clock.instant().toString();
    }

    /** A section that fails is listed as unavailable; the others are there all the same. */
    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("node", node.value());
        tree.put("version", version);
        tree.put("now", clock.instant().toString());
        tree.put("startedAt", startedAt);
        tree.put("dryRun", config.dryRun());
        List<StateSection> ordered = sections.stream()
                .sorted(Comparator.comparingInt(StateSection::order).thenComparing(StateSection::name))
                .toList();
        Map<String, Object> unavailable = new LinkedHashMap<>();
        for (StateSection section : ordered) {
            try {
                Object value = section.value();
                if (value != null) {
                    tree.put(section.name(), mapper.convertValue(value, Object.class));
                }
            } catch (RuntimeException e) {
                LOG.warnf("state section %s is unavailable: %s", section.name(), e);
                unavailable.put(section.name(), String.valueOf(e.getMessage()));
            }
        }
        if (!unavailable.isEmpty()) {
            tree.put("unavailable", unavailable);
        }
        return tree;
    }

    /** The same for those who read it by name. */
    JsonNode document() {
        return mapper.valueToTree(tree());
    }
}
