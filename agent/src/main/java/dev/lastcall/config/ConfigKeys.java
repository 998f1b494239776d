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
            key("node-name", "", ValueRule.nodeName(), "own Node; without it NODE_NAME, else the host name"),
            key("dry-run", "false", trueOrFalse(), "decide, log, count, emit Events; write nothing else"),
            key("kubernetes.enabled", "true", trueOrFalse(), "false: GPU metrics only, no API server needed"),
            key("http.port", "9410", wholeNumber(1, 65535), "port of /metrics, /health, /api/v1/state and /"),
            key(
                    "log.format",
                    "text",
                    oneOf("text", "json"),
                    "how log lines are written to stdout: for people, or one JSON object each"),
            key("gpu.library", "libnvidia-ml.so.1", ValueRule.libraryName(), "NVML"),
            key("gpu.scan-interval", "10s", duration("100ms", "10m"), "time between two readings of the GPUs"),
            key("gpu.call-timeout", "5s", duration("100ms", "1m"), "a GPU that takes longer for one call is stale"),
            key("gpu.required", "false", trueOrFalse(), "true: not ready without NVML"),
            key("gpu.profile-weights", "uniform", ValueRule.profileWeights(), "shares of expected demand per profile"),
            key(
                    "gpu.advice",
                    "mark",
                    oneOf("mark", "drain", "ignore"),
                    "what the driver's recovery advice for a GPU does; drain: its \"drain\" drains the node, never by force"),
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
                    "clouds to ask; auto goes by Node.spec.providerID"),
            key(
                    "notice.maintenance-lead",
                    "10m",
                    duration("1s", "24h"),
                    "scheduled maintenance drains this long before NotBefore"),
            list("notice.node-marks", "", LIST, ValueRule.nodeMark(), "marks on the own Node that count as notices"),
            key(
                    "notice.blind-after",
                    "30s",
                    duration("1s", "1h"),
                    "not ready once a notice source has failed for this long"),
            key("notice.aws.endpoint", "http://169.254.169.254", httpUrl(), "base URL of IMDS"),
            key("notice.aws.poll-interval", "1s", duration(POLL_LOW, POLL_HIGH), "time between two questions"),
            key("notice.aws.rebalance", "mark", oneOf("mark", "drain", "ignore"), "what a rebalance notice does"),
            key("notice.gcp.endpoint", "http://metadata.google.internal", httpUrl(), "base URL; long-polled"),
            key(
                    "notice.gcp.preemption-window",
                    "30s",
                    duration("1s", "10m"),
                    "time left at a preemption, of which GCP gives no timestamp"),
            key("notice.azure.endpoint", "http://169.254.169.254", httpUrl(), "base URL of Scheduled Events"),
            key("notice.azure.poll-interval", "1s", duration(POLL_LOW, POLL_HIGH), "time between two questions"),
            key("notice.alibaba.endpoint", "http://100.100.100.200", httpUrl(), "base URL"),
            key("notice.alibaba.poll-interval", "5s", duration(POLL_LOW, POLL_HIGH), "time between two questions"),
            key("notice.tencent.endpoint", "http://metadata.tencentyun.com", httpUrl(), "base URL"),
            key("notice.tencent.poll-interval", "5s", duration(POLL_LOW, POLL_HIGH), "time between two questions"),
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
                    "put node.kubernetes.io/exclude-from-external-load-balancers on the Node"),
            key(
                    "drain.autoscaler-taint",
                    "false",
                    trueOrFalse(),
                    "put a status taint on the Node that cluster-autoscaler ignores in its templates"),
            key(
                    "drain.force",
                    "spot",
                    oneOf("never", "spot", "always"),
                    "when to DELETE what a budget still refuses at its force point"),
            list("drain.namespaces-last", "kube-system", LIST, ValueRule.namespace(), "evicted after all others"),
            key("serving.selector", "lastcall.dev/engine", ValueRule.labelSelector(), "which pods serve"),
            list(
                    "serving.withdraw",
                    "auto",
                    CHOICE,
                    oneOf("auto", "label", "gate", "annotation", "detach", "none"),
                    "how a pod leaves its routers; several are applied together"),
            key(
                    "serving.keep-in-rotation",
                    "budget",
                    ValueRule.keepInRotation(),
                    "how many other endpoints of a service must serve on before a doomed pod leaves its routers; 0 = leave at once"),
            key("serving.settle", "2s", duration("0s", "1m"), "time routers need after a withdrawal"),
            key("serving.poll-interval", "500ms", duration("100ms", "10s"), "time between two readings of an engine"),
            key("serving.idle-reads", "2", wholeNumber(1, 10), "readings of zero in a row that count as idle"),
            key("webhook.url", "", ValueRule.webhookUrl(), "where CloudEvents are POSTed; empty = nowhere"),
            list("webhook.headers", "", SECRETS, ValueRule.header(), "headers of that POST; never logged"),
            key("webhook.timeout", "2s", duration("100ms", "30s"), "for one POST"));

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
