package dev.lastcall.config;

import static dev.lastcall.config.ConfigKey.Shape.CHOICE;
import static dev.lastcall.config.ConfigKey.Shape.LIST;
import static dev.lastcall.config.ConfigKey.Shape.ONE;
import static dev.lastcall.config.ConfigKey.Shape.SECRETS;
import static dev.lastcall.config.ValueRule.duration;
import static dev.lastcall.config.ValueRule.httpUrl;
import static dev.lastcall.config.ValueRule.oneOf;
import static dev.lastcall.config.ValueRule.trueOrFalse;
import static dev.lastcall.config.ValueRule.wholeNumber;

import java.util.List;

/** Every key, in the order of the manual. A test holds this table, {@link AgentConfig} and the manual together. */
public final class ConfigKeys {

    private static final String POLL_LOW = "100ms";
    private static final String POLL_HIGH = "30s";

    private static final List<ConfigKey> ALL = List.of(
            key(
                    "node-name",
                    "",
                    ValueRule.nodeName(),
                    "name of the own Node; without it NODE_NAME, otherwise the host name"),
            key("dry-run", "false", trueOrFalse(), "true: decide, log and emit Events, but write nothing else"),
            key("kubernetes.enabled", "true", trueOrFalse(), "false: GPU metrics only, no API server needed"),
            key("http.port", "9410", wholeNumber(1, 65535), "port of /metrics, /health, /api/v1/state and /"),
            key(
                    "log.format",
                    "text",
                    oneOf("text", "json"),
                    "how log lines are written to stdout: for people, or one JSON object each"),
            key("gpu.library", "libnvidia-ml.so.1", ValueRule.libraryName(), "NVML, NVIDIA's management library"),
            key("gpu.scan-interval", "10s", duration("100ms", "10m"), "time between two scans of the GPUs"),
            key("gpu.call-timeout", "5s", duration("100ms", "1m"), "a GPU is stale if one call takes longer"),
            key("gpu.required", "false", trueOrFalse(), "true: the agent is not ready without NVML"),
            key("gpu.profile-weights", "uniform", ValueRule.profileWeights(), "shares of expected demand per profile"),
            key(
                    "gpu.advice",
                    "mark",
                    oneOf("mark", "drain", "ignore"),
                    "what the driver's recovery advice for a GPU does; drain: if the driver advises a drain, the node is drained, never by force"),
            key(
                    "pod-resources.socket",
                    "/var/lib/kubelet/pod-resources/kubelet.sock",
                    ValueRule.socketPath(),
                    "socket of the kubelet's PodResources service: which pod holds which GPU"),
            list(
                    "notice.provider",
                    "auto",
                    CHOICE,
                    oneOf("auto", "aws", "gcp", "azure", "alibaba", "tencent", "none"),
                    "clouds whose metadata service is polled; auto: the cloud that Node.spec.providerID names"),
            key(
                    "notice.maintenance-lead",
                    "10m",
                    duration("1s", "24h"),
                    "a drain for scheduled maintenance starts this long before NotBefore"),
            list("notice.node-marks", "", LIST, ValueRule.nodeMark(), "marks on the own Node that count as notices"),
            key(
                    "notice.blind-after",
                    "30s",
                    duration("1s", "1h"),
                    "once a notice source has failed for this long, the agent is not ready: a reclaim would come without a drain"),
            key("notice.aws.endpoint", "http://169.254.169.254", httpUrl(), "base URL of the metadata service (IMDS)"),
            key("notice.aws.poll-interval", "1s", duration(POLL_LOW, POLL_HIGH), "time between two polls"),
            key("notice.aws.rebalance", "mark", oneOf("mark", "drain", "ignore"), "what a rebalance notice does"),
            key(
                    "notice.gcp.endpoint",
                    "http://metadata.google.internal",
                    httpUrl(),
                    "base URL of the metadata service; long-polled"),
            key(
                    "notice.gcp.preemption-window",
                    "30s",
                    duration("1s", "10m"),
                    "time between the notice of a preemption and the shutdown; GCP gives no timestamp"),
            key("notice.azure.endpoint", "http://169.254.169.254", httpUrl(), "base URL of Scheduled Events"),
            key("notice.azure.poll-interval", "1s", duration(POLL_LOW, POLL_HIGH), "time between two polls"),
            key("notice.alibaba.endpoint", "http://100.100.100.200", httpUrl(), "base URL of the metadata service"),
            key("notice.alibaba.poll-interval", "5s", duration(POLL_LOW, POLL_HIGH), "time between two polls"),
            key(
                    "notice.tencent.endpoint",
                    "http://metadata.tencentyun.com",
                    httpUrl(),
                    "base URL of the metadata service"),
            key("notice.tencent.poll-interval", "5s", duration(POLL_LOW, POLL_HIGH), "time between two polls"),
            key(
                    "drain.safety-margin",
                    "3s",
                    duration("500ms", "1m"),
                    "time kept free before the deadline, for the termination itself"),
            key("drain.max-concurrency", "20", wholeNumber(1, 200), "eviction requests under way at once"),
            key("drain.taint", "true", trueOrFalse(), "put the taint lastcall.dev/interruption on the Node"),
            key(
                    "drain.exclude-from-load-balancers",
                    "true",
                    trueOrFalse(),
                    "put node.kubernetes.io/exclude-from-external-load-balancers on the Node, for load balancers that target nodes"),
            key(
                    "drain.autoscaler-taint",
                    "false",
                    trueOrFalse(),
                    "put a status taint on the Node that cluster-autoscaler ignores in its templates"),
            key(
                    "drain.force",
                    "spot",
                    oneOf("never", "spot", "always"),
                    "for which notices to delete a pod whose eviction is still not granted at its force point; spot: only where the machine goes anyway"),
            list(
                    "drain.namespaces-last",
                    "kube-system",
                    LIST,
                    ValueRule.namespace(),
                    "pods of these namespaces are evicted after all others"),
            key(
                    "serving.selector",
                    "lastcall.dev/engine",
                    ValueRule.labelSelector(),
                    "label selector of the serving pods"),
            list(
                    "serving.withdraw",
                    "auto",
                    CHOICE,
                    oneOf("auto", "label", "gate", "annotation", "detach", "none"),
                    "how a pod is taken out of rotation; several ways are applied together; only AIBrix gateways read the annotation"),
            key(
                    "serving.keep-in-rotation",
                    "budget",
                    ValueRule.keepInRotation(),
                    "how many other endpoints of a service must serve before a doomed pod is taken out of rotation; budget: as many as its PodDisruptionBudget requires, at least 1; 0: at once"),
            key(
                    "serving.settle",
                    "2s",
                    duration("0s", "1m"),
                    "time your routers need to notice that a pod left rotation; too short loses requests"),
            key(
                    "serving.poll-interval",
                    "500ms",
                    duration("100ms", "10s"),
                    "time between two readings of an engine's counters"),
            key("serving.idle-reads", "2", wholeNumber(1, 10), "consecutive readings of zero that count as idle"),
            key("webhook.url", "", ValueRule.webhookUrl(), "where CloudEvents are POSTed; empty = nowhere"),
            list("webhook.headers", "", SECRETS, ValueRule.header(), "headers of each webhook request; never logged"),
            key("webhook.timeout", "2s", duration("100ms", "30s"), "time limit of one webhook request"));

    private ConfigKeys() {}

    public static List<ConfigKey> all() {
        return ALL;
    }

    private static ConfigKey key(String name, String defaultValue, ValueRule rule, String meaning) {
        return new ConfigKey("lastcall." + name, defaultValue, ONE, rule, meaning);
    }

    private static ConfigKey list(
            String name, String defaultValue, ConfigKey.Shape shape, ValueRule rule, String meaning) {
        return new ConfigKey("lastcall." + name, defaultValue, shape, rule, meaning);
    }
}
