package dev.lastcall.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A typing error in a setting is one line that names it, and never a drain with other values than were meant. */
class ConfigCheckTest {

    @ParameterizedTest
    @MethodSource("keysWithDefaults")
    void every_default_passes_its_own_check(ConfigKey key) {
        assertThat(problems(property(key.name(), key.defaultValue()))).isEmpty();
        assertThat(problems(env(key.envName(), key.defaultValue()))).isEmpty();
    }

    static Stream<ConfigKey> keysWithDefaults() {
        return ConfigKeys.all().stream().filter(key -> !key.defaultValue().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        node-name                       | gpu-17.eu-central-1.compute.internal
        dry-run                         | TRUE
        kubernetes.enabled              | false
        http.port                       | 65535
        gpu.library                     | /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1
        gpu.scan-interval               | 1m30s
        gpu.call-timeout                | PT2.5S
        gpu.required                    | true
        gpu.profile-weights             | 1g.10gb=0.7,3g.40gb=0.3
        gpu.profile-weights             | 1g.10gb+me=1
        gpu.advice                      | drain
        pod-resources.socket            | /run/kubelet.sock
        notice.provider                 | aws,gcp
        notice.provider                 | none
        notice.maintenance-lead         | 1h
        notice.node-marks               | taint:example.com/going@90s,label:state=leaving,condition:Degraded
        notice.node-marks               | condition:AcceleratedHardwareReady=False@10m,condition:Ready=Unknown
        notice.node-marks               | condition:Degraded=True,condition:MemoryPressure@1m
        notice.blind-after              | 2m
        notice.aws.endpoint             | http://127.0.0.1:1338
        notice.aws.endpoint             | http://[fd00:ec2::254]
        notice.aws.poll-interval        | 500ms
        notice.aws.rebalance            | drain
        notice.gcp.endpoint             | https://metadata.google.internal/base
        notice.gcp.preemption-window    | 30
        notice.azure.endpoint           | http://127.0.0.1:1
        notice.azure.poll-interval      | 1s
        notice.alibaba.endpoint         | http://127.0.0.1:1
        notice.alibaba.poll-interval    | 5s
        notice.tencent.endpoint         | http://127.0.0.1:1
        notice.tencent.poll-interval    | 5s
        drain.safety-margin             | 5s
        drain.max-concurrency           | 1
        drain.taint                     | false
        drain.exclude-from-load-balancers | false
        drain.autoscaler-taint          | true
        drain.force                     | never
        drain.namespaces-last           | kube-system,monitoring
        serving.selector                | app in (chat, embed),tier!=test,!canary
        serving.withdraw                | label,gate
        serving.settle                  | 0s
        serving.poll-interval           | 250ms
        serving.idle-reads              | 3
        webhook.url                     | https://hooks.example.com/lastcall?team=ml
        webhook.headers                 | Authorization: Bearer abc,X-Team: ml
        webhook.timeout                 | 1s
        """)
    void a_good_value_passes(String key, String value) {
        assertThat(problems(property("lastcall." + key, value))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        node-name                       | Upper_Case
        node-name                       | a..b
        dry-run                         | ture
        kubernetes.enabled              | yes
        http.port                       | 0
        http.port                       | 65536
        http.port                       | 94 10
        gpu.library                     | lib/libnvidia-ml.so.1
        gpu.scan-interval               | 0s
        gpu.scan-interval               | -5s
        gpu.scan-interval               | 10 seconds
        gpu.scan-interval               | 1h
        gpu.call-timeout                | 50ms
        gpu.required                    | 1
        gpu.profile-weights             | 1g.10gb=0
        gpu.profile-weights             | 1g.10gb=NaN
        gpu.profile-weights             | 1g.10gb=0.5,1g.10gb=0.5
        gpu.profile-weights             | small=1
        gpu.advice                      | reset
        pod-resources.socket            | kubelet.sock
        notice.provider                 | amazon
        notice.provider                 | auto,aws
        notice.provider                 | aws,aws
        notice.provider                 | aws,
        notice.maintenance-lead         | 25h
        notice.node-marks               | taint:
        notice.node-marks               | label:state
        notice.node-marks               | taint:a@soon
        notice.node-marks               | mark:a
        notice.node-marks               | taint:a@0s
        notice.node-marks               | taint:a@25h
        notice.node-marks               | taint:a=b
        notice.node-marks               | taint:-a
        notice.node-marks               | condition:Broken=Maybe
        notice.node-marks               | condition:Broken=false
        notice.node-marks               | condition:Ready
        notice.node-marks               | condition:AcceleratedHardwareReady@10m
        notice.node-marks               | condition:AcceleratedHardwareReady=True
        notice.node-marks               | taint:a,condition:MemoryPressure=False@10m
        notice.blind-after              | 0s
        notice.aws.endpoint             | 169.254.169.254
        notice.aws.endpoint             | ftp://host
        notice.aws.endpoint             | http://user:pw@host
        notice.aws.endpoint             | http://host:99999
        notice.aws.poll-interval        | 99ms
        notice.aws.rebalance            | Mark
        notice.gcp.endpoint             | http://host?x=1
        notice.gcp.preemption-window    | 1d
        notice.azure.endpoint           | http://
        notice.azure.poll-interval      | 1m
        notice.alibaba.endpoint         | //host
        notice.alibaba.poll-interval    | never
        notice.tencent.endpoint         | host
        notice.tencent.poll-interval    | 31s
        drain.safety-margin             | 2m
        drain.max-concurrency           | 1e2
        drain.taint                     | on
        drain.exclude-from-load-balancers | off
        drain.autoscaler-taint          | no
        drain.force                     | Spot
        drain.namespaces-last           | kube_system
        serving.selector                | app in (chat
        serving.selector                | a=b=c
        serving.selector                | !a=b
        serving.selector                | Bad.Domain/a=b
        serving.selector                | app in (a b)
        serving.selector                | tier=-x
        serving.selector                | app,,tier
        serving.withdraw                | label,none
        serving.withdraw                | detatch
        serving.settle                  | -1s
        serving.poll-interval           | 10ms
        serving.idle-reads              | 0
        webhook.url                     | hooks.example.com
        webhook.url                     | https://host/#x
        webhook.timeout                 | 0s
        """)
    void a_bad_value_is_one_line_with_key_value_and_range(String key, String value) {
        List<String> problems = problems(property("lastcall." + key, value));
        assertThat(problems).singleElement().asString().doesNotContain("\n");
        assertThat(problems.getFirst())
                .startsWith("lastcall." + key + ": '" + value + "'")
                .contains("give ");
    }

    @Test
    void a_mark_that_every_healthy_node_carries_is_refused_with_what_to_write_instead() {
        assertThat(problems(property("lastcall.notice.node-marks", "taint:a,condition:AcceleratedHardwareReady@10m")))
                .singleElement()
                .asString()
                .contains("every healthy node has AcceleratedHardwareReady=True and would be drained;"
                        + " write condition:AcceleratedHardwareReady=False");
        assertThat(problems(property("lastcall.notice.node-marks", "condition:DiskPressure=False")))
                .singleElement()
                .asString()
                .contains("write condition:DiskPressure;");
    }

    @Test
    void a_setting_from_the_environment_is_named_as_it_was_given() {
        assertThat(problems(env("LASTCALL_DRAIN_FORCE", "sometimes")))
                .containsExactly("LASTCALL_DRAIN_FORCE: 'sometimes' is not allowed; give one of never, spot, always");
    }

    @Test
    void an_unknown_key_is_named_with_the_one_that_was_probably_meant() {
        assertThat(problems(property("lastcall.drain.forse", "spot")))
                .singleElement()
                .asString()
                .startsWith("lastcall.drain.forse: unknown key")
                .contains("did you mean lastcall.drain.force?");
        assertThat(problems(env("LASTCALL_DRAIN_FORSE", "spot")))
                .singleElement()
                .asString()
                .contains("did you mean LASTCALL_DRAIN_FORCE?");
        assertThat(problems(property("lastcall.force", "spot")))
                .singleElement()
                .asString()
                .contains("did you mean lastcall.drain.force?");
        assertThat(problems(property("lastcall.colour", "red")))
                .singleElement()
                .asString()
                .doesNotContain("did you mean");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LASTCALL_PORT",
                "LASTCALL_PORT_9410_TCP",
                "LASTCALL_PORT_9410_TCP_ADDR",
                "LASTCALL_SERVICE_HOST",
                "LASTCALL_SERVICE_PORT_METRICS"
            })
    void what_kubernetes_injects_for_a_service_called_lastcall_is_no_mistake(String name) {
        assertThat(problems(env(name, "tcp://10.0.0.1:9410"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LASTCALL_PORTS", "LASTCALL_SERVICE", "LASTCALL_SERVICES_HOST", "lastcall_http_port"})
    void other_unknown_variables_are_mistakes(String name) {
        assertThat(problems(env(name, "9410"))).singleElement().asString().startsWith(name + ": unknown key");
    }

    @Test
    void an_empty_value_is_allowed_only_where_nothing_is_the_default() {
        assertThat(problems(env("LASTCALL_WEBHOOK_URL", ""))).isEmpty();
        assertThat(problems(env("LASTCALL_DRAIN_FORCE", "")))
                .containsExactly("LASTCALL_DRAIN_FORCE: the value is empty; give one of never, spot, always,"
                        + " or leave the key out for spot");
    }

    @Test
    void a_secret_is_not_repeated() {
        assertThat(problems(property("lastcall.webhook.headers", "Bearer s3cret")))
                .singleElement()
                .asString()
                .doesNotContain("s3cret");
    }

    @Test
    void indexed_lists_and_profiles_are_read_as_quarkus_reads_them() {
        assertThat(problems(
                        property("lastcall.notice.provider[0]", "aws"),
                        env("LASTCALL_NOTICE_PROVIDER_1_", "gcp"),
                        new Setting(Setting.Origin.FILE, "%prod.lastcall.dry-run", "true")))
                .isEmpty();
        assertThat(problems(property("lastcall.drain.force[0]", "spot"))).hasSize(1);
        assertThat(problems(new Setting(Setting.Origin.FILE, "%prod.lastcall.dry-run", "maybe")))
                .singleElement()
                .asString()
                .startsWith("%prod.lastcall.dry-run: 'maybe'");
    }

    @Test
    void every_problem_has_its_line_and_other_peoples_settings_have_none() {
        assertThat(problems(
                        property("quarkus.http.port", "x"),
                        property("lastcall.http.port", "x"),
                        env("HOME", "/"),
                        env("LASTCALL_X", "1")))
                .hasSize(2);
    }

    @Test
    void a_value_with_line_breaks_stays_one_line() {
        assertThat(problems(property("lastcall.drain.force", "a\nb\u001b[31m")))
                .singleElement()
                .asString()
                .contains("'a?b?[31m'");
    }

    private static List<String> problems(Setting... settings) {
        return ConfigCheck.problems(List.of(settings));
    }

    private static Setting property(String name, String value) {
        return new Setting(Setting.Origin.SYSTEM_PROPERTY, name, value);
    }

    private static Setting env(String name, String value) {
        return new Setting(Setting.Origin.ENVIRONMENT, name, value);
    }
}
