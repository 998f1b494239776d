package dev.lastcall.config;

import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.notice.nodemark.NodeMark;
import dev.lastcall.serving.LabelSelector;
import dev.lastcall.serving.rotation.KeepInRotation;
import io.quarkus.runtime.configuration.DurationConverter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What one value may be.
 *
 * @param allowed the sentence fragment that follows "give" in a message, and the "allowed" column of
 *     docs/CONFIGURATION.md
 * @param accepts a pure test of the value as it was given, of one element where the key is a list
 * @param remedy what is wrong with a value of the right form that is refused all the same, and what to write instead
 */
record ValueRule(String allowed, Predicate<String> accepts, Function<String, Optional<String>> remedy) {

    /** A rule whose {@code allowed} says all there is to say about a refused value. */
    ValueRule(String allowed, Predicate<String> accepts) {
        this(allowed, accepts, _ -> Optional.empty());
    }

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern HEADER =
            Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+: *[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?");
    /** sun_path of sockaddr_un holds 108 bytes with the closing zero. */
    private static final int UNIX_SOCKET_PATH_BYTES = 107;

    static ValueRule trueOrFalse() {
        return new ValueRule(
                "true or false", v -> Set.of("true", "false").contains(v.strip().toLowerCase(Locale.ROOT)));
    }

    static ValueRule wholeNumber(int min, int max) {
        return new ValueRule("a whole number from " + min + " to " + max, v -> {
            try {
                int n = Integer.parseInt(v.strip());
                return n >= min && n <= max;
            } catch (NumberFormatException e) {
                return false;
            }
        });
    }

    static ValueRule oneOf(String... words) {
        return new ValueRule(
                "one of " + String.join(", ", words), v -> List.of(words).contains(v));
    }

    /** Read exactly as the mapping will read it: {@code 500ms}, {@code 30s}, {@code 1m30s}, {@code PT30S}, 30. */
    static ValueRule duration(String min, String max) {
        Duration low = DurationConverter.parseDuration(min);
        Duration high = DurationConverter.parseDuration(max);
        return new ValueRule("a duration from " + min + " to " + max + ", such as 500ms, 30s, 2m or PT30S", v -> {
            Duration d = durationOrNegative(v);
            return d.compareTo(low) >= 0 && d.compareTo(high) <= 0;
        });
    }

    static ValueRule httpUrl() {
        return new ValueRule("an http or https URL with a host, without user, query or fragment", v -> {
            try {
                URI uri = new URI(v);
                return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                        && uri.getHost() != null
                        && uri.getUserInfo() == null
                        && uri.getQuery() == null
                        && uri.getFragment() == null
                        && uri.getPort() <= 65535;
            } catch (URISyntaxException e) {
                return false;
            }
        });
    }

    static ValueRule webhookUrl() {
        return new ValueRule("an http or https URL with a host, without user or fragment", v -> {
            int query = v.indexOf('?');
            return httpUrl().accepts().test(query < 0 ? v : v.substring(0, query))
                    && (query < 0 || v.substring(query).matches("[\\x21-\\x7e&&[^#]]*"));
        });
    }

    static ValueRule header() {
        return new ValueRule(
                "a header as Name: value", v -> HEADER.matcher(v.strip()).matches());
    }

    static ValueRule libraryName() {
        return new ValueRule(
                "a library's file name or absolute path",
                v -> !v.isBlank() && v.strip().length() == v.length() && (v.startsWith("/") || v.indexOf('/') < 0));
    }

    static ValueRule socketPath() {
        return new ValueRule(
                "an absolute path of at most " + UNIX_SOCKET_PATH_BYTES + " bytes",
                v -> v.startsWith("/") && v.getBytes(StandardCharsets.UTF_8).length <= UNIX_SOCKET_PATH_BYTES);
    }

    static ValueRule namespace() {
        return new ValueRule(
                "a namespace name", v -> DNS_LABEL.matcher(v.strip()).matches());
    }

    static ValueRule nodeName() {
        return new ValueRule("a Node name: lower-case letters, digits, - and .", ValueRule::isDnsSubdomain);
    }

    static ValueRule nodeMark() {
        return new ValueRule(
                "taint:KEY, condition:TYPE, condition:TYPE=STATUS, label:KEY=VALUE or annotation:KEY, with @WINDOW behind it"
                        + " if wanted",
                given -> NodeMark.parse(given)
                        .filter(mark -> mark.onHealthyNodes().isEmpty())
                        .isPresent(),
                given -> NodeMark.parse(given).flatMap(NodeMark::onHealthyNodes));
    }

    static ValueRule labelSelector() {
        return new ValueRule(
                "a label selector, such as lastcall.dev/engine or app in (chat,embed),tier!=test",
                ValueRule::isLabelSelector);
    }

    static ValueRule keepInRotation() {
        return new ValueRule(
                "budget, or a whole number from 0 to 1000",
                v -> KeepInRotation.parse(v).isPresent());
    }

    static ValueRule profileWeights() {
        return new ValueRule(
                "uniform, or PROFILE=WEIGHT pairs with weights above 0, such as 1g.10gb=0.7,3g.40gb=0.3",
                ValueRule::areProfileWeights);
    }

    private static boolean isDnsSubdomain(String name) {
        return !name.isEmpty()
                && name.length() <= 253
                && List.of(name.split("\\.", -1)).stream()
                        .allMatch(part -> DNS_LABEL.matcher(part).matches());
    }

    private static boolean isLabelSelector(String value) {
        try {
            return !LabelSelector.parse(value).terms().isEmpty();
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    private static boolean areProfileWeights(String value) {
        return ProfileWeights.parse(value) instanceof Checked.Valid<ProfileWeights>;
    }

    private static Duration durationOrNegative(String value) {
        try {
            Duration d = DurationConverter.parseDuration(value);
            return d == null ? Duration.ofNanos(-1) : d;
        } catch (RuntimeException notOne) {
            return Duration.ofNanos(-1);
        }
    }
}
