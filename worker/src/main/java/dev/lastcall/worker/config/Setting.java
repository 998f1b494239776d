package dev.lastcall.worker.config;

import java.util.List;

/** One variable of the environment: its default ("" = none) and what it means, for --help and the manual. */
public record Setting(String name, String defaultValue, String meaning) {

    /** All of them, in the order of the manual. */
    public static List<Setting> all() {
        return List.of(
                new Setting(
                        "REDIS_URL",
                        "",
                        "redis://[user:password@]host:port[/db], rediss:// with TLS, or host:port; several, by comma, are a cluster"),
                new Setting("REDIS_CLUSTER", "false", "true when a single address leads to a cluster"),
                new Setting("REDIS_PASSWORD", "", "or REDIS_PASSWORD_FILE, a file that holds it"),
                new Setting("QUEUE_NAME", "inference-jobs", "the list of jobs; every other key begins with it"),
                new Setting("ENGINE_URL", "http://localhost:8000", "an OpenAI-like engine or gateway, http or https"),
                new Setting("ENGINE_API_KEY", "", "or ENGINE_API_KEY_FILE; sent as a bearer token"),
                new Setting(
                        "ENGINE_SILENCE_SECONDS",
                        "300",
                        "an engine that sends nothing for so long has failed; 1 to 86400"),
                new Setting("CONCURRENCY", "4", "most jobs at a time; 1 to 1024"),
                new Setting(
                        "LEASE_SECONDS",
                        "60",
                        "a job of a worker that is not heard of is taken up again after so long; 1 to 86400"),
                new Setting("DRAIN_SECONDS", "10", "after SIGTERM: time for what can still finish; 0 to 3600"),
                new Setting("MAX_ATTEMPTS", "5", "failed attempts until a job is a dead letter; 1 to 1000"),
                new Setting(
                        "CHECKPOINT_TOKENS", "64", "store a generation every so many tokens; 0 = never; up to 1000000"),
                new Setting(
                        "IDLE_SECONDS", "30", "end when the queue has been empty for so long; 0 = never; up to 86400"),
                new Setting(
                        "PRIORITY",
                        "",
                        "vLLM's priority for requests without one: higher is later, chat has 0; -1000000 to 1000000"),
                new Setting("HTTP_PORT", "9411", "/metrics and /health; 0 = any free port; up to 65535"));
    }
}
