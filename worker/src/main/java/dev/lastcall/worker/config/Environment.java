package dev.lastcall.worker.config;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the worker's variables; what can't be used becomes one line each, with name, value and what would do. */
public final class Environment {

    private final Function<String, @Nullable String> variables;
    private final List<String> problems = new ArrayList<>();

    private Environment(Function<String, @Nullable String> variables) {
        this.variables = variables;
    }

    /** Either the configuration, or why there is none. */
    public sealed interface Reading {
        record Usable(WorkerConfig config) implements Reading {}

        record Refused(List<String> problems) implements Reading {}
    }

    /** @param variables the value of a variable by its name, null where it is not set */
    public static Reading read(Function<String, @Nullable String> variables) {
        return new Environment(variables).read();
    }

    private Reading read() {
        List<URI> redis = redis();
        String queue = text("QUEUE_NAME");
        if (queue.contains("{") || queue.contains("}")) {
            problem("QUEUE_NAME", queue, "a name without braces; in a cluster they are added");
        }
        WorkerConfig config = new WorkerConfig(
                redis,
                redis.size() > 1 || flag("REDIS_CLUSTER"),
                secret("REDIS_PASSWORD"),
                queue,
                engine(),
                secret("ENGINE_API_KEY"),
                number("CONCURRENCY", 1, 1024),
                seconds("LEASE_SECONDS", 1, 86_400),
                seconds("DRAIN_SECONDS", 0, 3600),
                number("MAX_ATTEMPTS", 1, 1000),
                number("CHECKPOINT_TOKENS", 0, 1_000_000),
                seconds("IDLE_SECONDS", 0, 86_400),
                seconds("ENGINE_SILENCE_SECONDS", 1, 86_400),
                text("PRIORITY").isEmpty() ? null : number("PRIORITY", -1_000_000, 1_000_000),
                number("HTTP_PORT", 0, 65_535));
        return problems.isEmpty() ? new Reading.Usable(config) : new Reading.Refused(List.copyOf(problems));
    }

    private List<URI> redis() {
        String value = text("REDIS_URL");
        if (value.isEmpty()) {
            problems.add("REDIS_URL is not set; expected redis://host:port, e.g. redis://redis:6379");
            return List.of();
        }
        List<URI> addresses = new ArrayList<>();
        for (String part : value.split(",", -1)) {
            URI uri = redisAddress(part.strip());
            if (uri == null) {
                // The address may carry a password: it is not repeated.
                problems.add("REDIS_URL can't be read; expected redis://[user:password@]host:port[/db], rediss://… or"
                        + " host:port, several by comma");
                return List.of();
            }
            addresses.add(uri);
        }
        return addresses;
    }

    private static @Nullable URI redisAddress(String part) {
        try {
            URI uri = new URI(part.contains("://") ? part : "redis://" + part);
            String scheme = uri.getScheme();
            if (uri.getHost() == null || !Set.of("redis", "rediss").contains(scheme)) {
                return null;
            }
            int port = uri.getPort() == -1 ? 6379 : uri.getPort();
            return new URI(scheme, uri.getUserInfo(), uri.getHost(), port, uri.getPath(), uri.getQuery(), null);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private URI engine() {
        String value = text("ENGINE_URL");
        try {
            // Jobs name their path with /v1: an address that ends with it, as clients of OpenAI have it, means the
            // same.
            URI uri = new URI(value.replaceAll("/+$", "").replaceAll("/v1$", ""));
            if (uri.getHost() != null && Set.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // The same line as for any other address that is none.
        }
        problem("ENGINE_URL", value, "http://host:port or https://host:port");
        return URI.create("http://localhost:8000");
    }

    private @Nullable String secret(String name) {
        String value = variables.apply(name);
        String file = variables.apply(name + "_FILE");
        if (file == null || file.isEmpty()) {
            return value == null || value.isEmpty() ? null : value;
        }
        if (value != null && !value.isEmpty()) {
            problems.add(name + " and " + name + "_FILE are both set; expected one of them");
            return null;
        }
        try {
            String content = Files.readString(Path.of(file)).strip();
            if (content.isEmpty()) {
                problem(name + "_FILE", file, "a file that holds the secret; this one is empty");
            }
            return content;
        } catch (IOException e) {
            problem(name + "_FILE", file, "a file that can be read");
            return null;
        }
    }

    private Duration seconds(String name, int least, int most) {
        return Duration.ofSeconds(number(name, least, most));
    }

    private int number(String name, int least, int most) {
        String value = text(name);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same line as for a number out of its range.
        }
        problem(name, value, "a whole number from " + least + " to " + most);
        return least;
    }

    private boolean flag(String name) {
        String value = text(name);
        if (!Set.of("true", "false").contains(value)) {
            problem(name, value, "true or false");
        }
        return value.equals("true");
    }

    private String text(String name) {
        String value = variables.apply(name);
        return value == null || value.isBlank() ? defaultOf(name) : value.strip();
    }

    private static String defaultOf(String name) {
        return Setting.all().stream()
                .filter(setting -> setting.name().equals(name))
                .map(Setting::defaultValue)
                .collect(Collectors.joining());
    }

    private void problem(String name, String value, String expected) {
        problems.add(name + "=" + value + ": expected " + expected);
    }
}
