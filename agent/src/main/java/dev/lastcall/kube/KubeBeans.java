package dev.lastcall.kube;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.NodeName;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What the adapters are built from. */
class KubeBeans {

    @Produces
    @Singleton
    NodeName nodeName(AgentConfig config) {
        return NodeName.choose(config.nodeName(), System.getenv());
    }
}
