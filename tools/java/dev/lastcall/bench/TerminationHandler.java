package dev.lastcall.bench;

import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.metadata.FakeImds;
import dev.lastcall.support.metadata.Reaction;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AWS's node termination handler as its own chart of this version runs it, for one node.
 *
 * @param run stands in for /var/run, the one place where client-go looks for its token and cannot be told otherwise
 */
public record TerminationHandler(ControlPlane plane, String node, String namespace, String metadata, Path run) {

    private static final String SERVICE_ACCOUNT = "secrets/kubernetes.io/serviceaccount";

    public TerminationHandler {
        try {
            Path account = Files.createDirectories(run.resolve(SERVICE_ACCOUNT));
            Files.writeString(account.resolve("token"), plane.tokenOf(ControlPlane.AGENT));
            Files.copy(plane.authority(), account.resolve("ca.crt"));
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    /** The environment that the chart gives it; nothing listens where no ports are added. */
    public Map<String, String> environment() {
        URI server = URI.create(plane.server());
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        environment.put("KUBERNETES_SERVICE_HOST", server.getHost());
        environment.put("KUBERNETES_SERVICE_PORT", Integer.toString(server.getPort()));
        environment.put("NODE_NAME", node);
        environment.put("POD_NAME", "aws-node-termination-handler");
        environment.put("NAMESPACE", namespace);
        environment.put("INSTANCE_METADATA_URL", metadata);
        // Its AWS library knows metadata addresses of its own.
        environment.put("AWS_EC2_METADATA_DISABLED", "true");
        environment.put("ENABLE_SPOT_INTERRUPTION_DRAINING", "true");
        environment.put("ENABLE_SCHEDULED_EVENT_DRAINING", "true");
        environment.put("ENABLE_ASG_LIFECYCLE_DRAINING", "true");
        return environment;
    }

    /** Goes before its command: gives it a service account's files, and nobody else. */
    public List<String> wrapper() {
        List<String> wrapper = new ArrayList<>(List.of("unshare", "--mount"));
        if (!"root".equals(System.getProperty("user.name"))) {
            wrapper.addAll(List.of("--user", "--map-root-user"));
        }
        wrapper.addAll(List.of("sh", "-c", "mount --bind \"$0\" /var/run && exec \"$@\"", run.toString()));
        return wrapper;
    }

    /** What a quiet instance answers; the handler stops itself where scheduled events are a 404. */
    public static void nothingToAnnounce(FakeImds imds) {
        imds.service()
                .always(FakeImds.EVENTS, Reaction.ok("[]"))
                .always(FakeImds.ASG, Reaction.ok("InService"))
                .always("/latest/dynamic/instance-identity/document", Reaction.ok("""
                    {"instanceId": "i-0123456789abcdef0", "instanceType": "p4d.24xlarge", "region": "us-east-1",
                     "availabilityZone": "us-east-1a", "privateIp": "10.0.0.1", "accountId": "123456789012"}\
                    """))
                .always("/latest/meta-data/instance-life-cycle", Reaction.ok("spot"))
                .always("/latest/meta-data/local-hostname", Reaction.ok("ip-10-0-0-1.ec2.internal"))
                .always("/latest/meta-data/public-hostname", Reaction.ok("ec2.example.com"))
                .always("/latest/meta-data/public-ipv4", Reaction.ok("192.0.2.1"));
    }
}
