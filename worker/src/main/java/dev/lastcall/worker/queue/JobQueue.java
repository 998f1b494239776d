package dev.lastcall.worker.queue;

import io.quarkus.redis.datasource.RedisDataSource;
import io.vertx.mutiny.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The queue in Redis. Every step is one script, so that a worker that is killed leaves a job either where it was or where it
 * goes. Every method may throw {@link RedisFault}; after one of kind UNREACHABLE the step may have been done.
 */
public final class JobQueue {

    private final RedisDataSource redis;
    private final String redisName;
    private final List<String> keys;
    private final Scripts scripts = new Scripts();

    /** @param cluster the name becomes the hash tag of every key, so that one node has them all */
    public JobQueue(RedisDataSource redis, String redisName, String name, boolean cluster) {
        this.redis = redis;
        this.redisName = redisName;
        String q = cluster ? "{" + name + "}" : name;
        this.keys = List.of(
                q,
                q + ":leases",
                q + ":jobs",
                q + ":owners",
                q + ":attempts",
                q + ":partial",
                q + ":prompts",
                q + ":delayed",
                q + ":results",
                q + ":dead");
    }

    /** What a claim brought. @param dropped copies of jobs that have a result or are under way */
    public record Claims(List<Claim> jobs, long dropped) {}

    /**
     * Takes up to {@code count} jobs, those first whose worker is not heard of or whose delay is over.
     *
     * @param token unique to this call
     */
    public Claims claim(int count, Duration lease, String token) {
        Response answer = run(scripts.claim, Integer.toString(count), millis(lease), token);
        Instant at = Instant.ofEpochMilli(answer.get(0).toLong());
        List<Claim> claims = new ArrayList<>();
        for (int i = 2; i < answer.size(); i++) {
            Response job = answer.get(i);
            claims.add(new Claim(
                    job.get(0).toString(),
                    job.get(1).toString(),
                    job.get(2).toString(),
                    job.get(3).toInteger(),
                    job.get(4).toString(),
                    job.get(5).toString(),
                    at));
        }
        return new Claims(claims, answer.get(1).toLong());
    }

    /** Moves the leases' ends; returns the tokens of those that are somebody else's now. */
    public List<String> renew(Collection<Claim> claims, Duration lease) {
        if (claims.isEmpty()) {
            return List.of();
        }
        Stream<String> pairs = claims.stream().flatMap(claim -> Stream.of(claim.id(), claim.token()));
        Response answer = run(
                scripts.renew, Stream.concat(Stream.of(millis(lease)), pairs).toArray(String[]::new));
        return texts(answer);
    }

    /** Writes the result and forgets the job. */
    public Written ack(Claim claim, String result) {
        return switch (run(scripts.ack, claim.id(), claim.token(), result).toInteger()) {
            case 1 -> Written.WRITTEN;
            case 2 -> Written.THERE_ALREADY;
            default -> Written.LEASE_LOST;
        };
    }

    /** Writes a dead letter and forgets the job. */
    public boolean bury(Claim claim, String letter) {
        return done(run(scripts.bury, claim.id(), claim.token(), letter));
    }

    /** Puts the job back to the head of the queue, for whoever comes first. */
    public boolean release(Claim claim, Kept kept) {
        return done(run(scripts.release, claim.id(), claim.token(), kept.partial(), kept.prompt()));
    }

    /** Lets the job wait. @param counted whether this was a failed attempt */
    public boolean postpone(Claim claim, Kept kept, Duration delay, boolean counted) {
        return done(run(
                scripts.postpone,
                claim.id(),
                claim.token(),
                kept.partial(),
                kept.prompt(),
                millis(delay),
                counted ? "1" : "0"));
    }

    /** Stores what was generated so far. */
    public boolean checkpoint(Claim claim, Kept kept) {
        return done(run(scripts.checkpoint, claim.id(), claim.token(), kept.partial(), kept.prompt()));
    }

    public QueueState state() {
        Response answer = run(scripts.state);
        return new QueueState(
                answer.get(0).toLong(),
                answer.get(1).toLong(),
                answer.get(2).toLong(),
                answer.get(3).toLong(),
                answer.get(4).toLong(),
                answer.get(5).toLong(),
                answer.get(6).toLong());
    }

    /** What was added. @param known jobs whose result is there or that are under way: not added again */
    public record Submitted(long added, long known) {}

    /** Adds all of the jobs or, when Redis refuses, none. */
    public Submitted submit(List<String> jobs) {
        Response answer = run(scripts.submit, jobs.toArray(String[]::new));
        return new Submitted(answer.get(0).toLong(), answer.get(1).toLong());
    }

    /** Every result, as written, in no order. */
    public List<String> results() {
        return texts(command("HVALS", keys.get(8)));
    }

    /** Every dead letter, the oldest first. */
    public List<String> dead() {
        return texts(command("LRANGE", keys.get(9), "0", "-1"));
    }

    private static boolean done(Response answer) {
        return answer.toInteger() == 1;
    }

    private static List<String> texts(Response answer) {
        List<String> texts = new ArrayList<>(answer.size());
        answer.forEach(item -> texts.add(item.toString()));
        return texts;
    }

    private static String millis(Duration duration) {
        return Long.toString(duration.toMillis());
    }

    private Response run(String script, String... arguments) {
        List<String> words = new ArrayList<>(2 + keys.size() + arguments.length);
        words.add(script);
        words.add(Integer.toString(keys.size()));
        words.addAll(keys);
        words.addAll(List.of(arguments));
        return command("EVAL", words.toArray(String[]::new));
    }

    private Response command(String name, String... arguments) {
        try {
            return redis.execute(name, arguments);
        } catch (RuntimeException e) {
            throw RedisFaults.of(redisName, e);
        }
    }
}
