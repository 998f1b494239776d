package dev.lastcall.worker.support;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.job.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The queue as a producer and a reader see it: only what the manual promises. */
public final class Queue {

    public static final String NAME = "inference-jobs";

    private final RedisServer redis;
    private final String key;
    private final Json json = new Json();

    public Queue(RedisServer redis) {
        this(redis, NAME);
    }

    public Queue(RedisServer redis, String key) {
        this.redis = redis;
        this.key = key;
    }

    public void push(String... jobs) {
        for (String job : jobs) {
            redis.ask("RPUSH", key, job);
        }
    }

    /** A completion of so many tokens. */
    public static String job(String id, String prompt, int tokens) {
        return "{\"id\":\"" + id + "\",\"request\":{\"model\":\"tiny\",\"prompt\":\"" + prompt + "\",\"max_tokens\":"
                + tokens + "}}";
    }

    public long pending() {
        return redis.number("LLEN", key);
    }

    public long leased() {
        return redis.number("ZCARD", key + ":leases");
    }

    public long delayed() {
        return redis.number("ZCARD", key + ":delayed");
    }

    public long results() {
        return redis.number("HLEN", key + ":results");
    }

    public JsonNode result(String id) {
        return read(redis.ask("HGET", key + ":results", id).toString());
    }

    /** How many tokens are stored for the next attempt. */
    public int checkpoint(String id) {
        String partial = redis.ask("HGET", key + ":partial", id).toString();
        return partial.equals("nil") ? 0 : read(partial).path("token_ids").size();
    }

    public Map<String, String> allResults() {
        List<?> pairs = redis.list("HGETALL", key + ":results");
        Map<String, String> results = new TreeMap<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            results.put(pairs.get(i).toString(), pairs.get(i + 1).toString());
        }
        return results;
    }

    public List<JsonNode> dead() {
        return redis.list("LRANGE", key + ":dead", "0", "-1").stream()
                .map(Object::toString)
                .map(this::read)
                .toList();
    }

    /** Whether nothing is left but results and dead letters. */
    public boolean leavesNothingElse() {
        return List.of("", ":leases", ":jobs", ":owners", ":attempts", ":partial", ":prompts", ":delayed").stream()
                .allMatch(suffix -> redis.number("EXISTS", key + suffix) == 0);
    }

    private JsonNode read(String text) {
        try {
            return json.read(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }
}
