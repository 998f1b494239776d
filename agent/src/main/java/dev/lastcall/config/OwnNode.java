package dev.lastcall.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;

/** The Node this process runs on. */
public record OwnNode(String name) {

    /** {@code lastcall.node-name}, else {@code NODE_NAME} (the Downward API), else the host name. */
    public static OwnNode from(AgentConfig config) {
        return new OwnNode(resolve(config.nodeName(), Optional.ofNullable(System.getenv("NODE_NAME")), hostName()));
    }

    static String resolve(Optional<String> configured, Optional<String> downward, String hostName) {
        return configured
                .filter(name -> !name.isBlank())
                .or(() -> downward.filter(name -> !name.isBlank()))
                .orElse(hostName.toLowerCase(Locale.ROOT));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
