package dev.lastcall.config;

import dev.lastcall.drain.ForcePolicy;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Everything under {@code lastcall.}; meanings and ranges stand in docs/CONFIGURATION.md. */
@ConfigMapping(prefix = "lastcall")
public interface AgentConfig {

    /** Own Node; empty = {@code NODE_NAME}, else the host name. */
    Optional<String> nodeName();

    @WithDefault("false")
    boolean dryRun();

    Kubernetes kubernetes();

    Http http();

    Gpu gpu();

    PodResources podResources();

    NoticeConfig notice();

    Drain drain();

    Serving serving();

    Webhook webhook();

    Log log();

    interface Log {
        /** Read by Quarkus' own logging, in application.properties: {@code text} or {@code json}. */
        @WithDefault("text")
        String format();
    }

    interface Kubernetes {
        @WithDefault("true")
        boolean enabled();
    }

    interface Http {
        @WithDefault("9410")
        int port();
    }

    interface Gpu {
        @WithDefault("libnvidia-ml.so.1")
        String library();

        @WithDefault("10s")
        Duration scanInterval();

        @WithDefault("5s")
        Duration callTimeout();

        @WithDefault("false")
        boolean required();

        @WithDefault("uniform")
        String profileWeights();

        @WithDefault("mark")
        OnHint advice();
    }

    interface PodResources {
        @WithDefault("/var/lib/kubelet/pod-resources/kubelet.sock")
        String socket();
    }

    interface NoticeConfig {
        @WithDefault("auto")
        List<String> provider();

        @WithDefault("10m")
        Duration maintenanceLead();

        Optional<List<String>> nodeMarks();

        @WithDefault("30s")
        Duration blindAfter();

        Aws aws();

        Gcp gcp();

        Azure azure();

        Alibaba alibaba();

        Tencent tencent();
    }

    interface Aws {
        @WithDefault("http://169.254.169.254")
        String endpoint();

        @WithDefault("1s")
        Duration pollInterval();

        @WithDefault("mark")
        OnHint rebalance();
    }

    interface Gcp {
        @WithDefault("http://metadata.google.internal")
        String endpoint();

        @WithDefault("30s")
        Duration preemptionWindow();
    }

    interface Azure {
        @WithDefault("http://169.254.169.254")
        String endpoint();

        @WithDefault("1s")
        Duration pollInterval();
    }

    interface Alibaba {
        @WithDefault("http://100.100.100.200")
        String endpoint();

        @WithDefault("5s")
        Duration pollInterval();
    }

    interface Tencent {
        @WithDefault("http://metadata.tencentyun.com")
        String endpoint();

        @WithDefault("5s")
        Duration pollInterval();
    }

    interface Drain {
        @WithDefault("3s")
        Duration safetyMargin();

        @WithDefault("20")
        int maxConcurrency();

        @WithDefault("true")
        boolean taint();

        @WithDefault("true")
        boolean excludeFromLoadBalancers();

        @WithDefault("false")
        boolean autoscalerTaint();

        @WithDefault("spot")
        ForcePolicy force();

        @WithDefault("kube-system")
        List<String> namespacesLast();
    }

    interface Serving {
        @WithDefault("lastcall.dev/engine")
        String selector();

        @WithDefault("auto")
        List<String> withdraw();

        /** {@code budget} or a number. */
        @WithDefault("budget")
        String keepInRotation();

        @WithDefault("2s")
        Duration settle();

        @WithDefault("500ms")
        Duration pollInterval();

        @WithDefault("2")
        int idleReads();
    }

    interface Webhook {
        Optional<String> url();

        /** Each as {@code Name: value}. */
        Optional<List<String>> headers();

        @WithDefault("2s")
        Duration timeout();
    }
}
