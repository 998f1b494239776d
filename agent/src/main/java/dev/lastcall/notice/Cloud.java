package dev.lastcall.notice;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The clouds whose notices Lastcall can read. The labels are the values of {@code lastcall.notice.provider}. */
public enum Cloud {
    AWS("aws://", Duration.ofSeconds(120)),
    GCP("gce://", Duration.ofSeconds(30)),
    AZURE("azure://", Duration.ofSeconds(30)),
    ALIBABA("alicloud://", Duration.ofSeconds(120)),
    TENCENT("qcloud://", Duration.ofSeconds(120)),
    NONE("", Duration.ofSeconds(120));

    private final String scheme;
    private final Duration shortestNotice;

    Cloud(String scheme, Duration shortestNotice) {
        this.scheme = scheme;
        this.shortestNotice = shortestNotice;
    }

    /** The public name, for example {@code aws}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The least time between a spot notice of this cloud and the end of the machine. */
    public Duration shortestNotice() {
        return shortestNotice;
    }

    /** The longest pause between two requests after failures: a third of the shortest notice this cloud gives. */
    public Duration longestBackOff() {
        return shortestNotice.dividedBy(3);
    }

    /** The cloud with this public name; empty for a name of none. */
    public static Optional<Cloud> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(cloud -> cloud.label().equals(label))
                .findFirst();
    }

    /**
     * The cloud that gave the Node its {@code spec.providerID}; {@link #NONE} for a node without one or of another
     * maker. The cloud controllers write {@code aws:///zone/i-…}, {@code gce://project/zone/name}, {@code azure:///…},
     * {@code alicloud://region.id} (older ones {@code region.i-…} without a scheme) and {@code qcloud:///zone/ins-…}.
     */
    public static Cloud ofProviderId(@Nullable String providerId) {
        if (providerId == null) {
            return NONE;
        }
        String id = providerId.strip().toLowerCase(Locale.ROOT);
        for (Cloud cloud : values()) {
            if (cloud != NONE && id.startsWith(cloud.scheme)) {
                return cloud;
            }
        }
        return OLD_ALIBABA.matcher(id).matches() ? ALIBABA : NONE;
    }

    private static final java.util.regex.Pattern OLD_ALIBABA =
            java.util.regex.Pattern.compile("(cn|ap|us|eu|me|na|sa)-[a-z0-9-]+\\.i-[a-z0-9]+");
}
