package dev.lastcall.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The name of the own Node. */
public record NodeName(String value) {

    /** The configured name, else {@code NODE_NAME} (the downward API), else the host's name as kubelet writes it. */
    public static NodeName choose(Optional<String> configured, Map<String, String> environment) {
        return new NodeName(configured
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .or(() -> Optional.ofNullable(environment.get("NODE_NAME"))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty()))
                .orElseGet(NodeName::hostName));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName().strip().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(
                    "the host's name is unknown (" + e.getMessage()
                            + "): set lastcall.node-name, or NODE_NAME from spec.nodeName",
                    e);
        }
    }
}
