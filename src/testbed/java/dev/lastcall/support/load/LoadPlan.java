package dev.lastcall.support.load;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * What to send. The same seed gives the same requests in the same order.
 *
 * @param shortest of the durations asked for, spread evenly up to {@code longest}
 * @param plainShare share of requests that don't stream, 0 to 1
 * @param newRequestsFor no new request after this time
 * @param atMost no new request after this many
 * @param silence a request without a byte for this long is given up, as real clients do
 * @param tokens how many tokens a request of a duration asks for. The engine of the testbed spreads any number over the
 *     duration; a real one takes as long as it takes, so measure it first
 */
public record LoadPlan(
        Arrivals arrivals,
        Duration shortest,
        Duration longest,
        double plainShare,
        long seed,
        Duration newRequestsFor,
        int atMost,
        Duration silence,
        String model,
        ToIntFunction<Duration> tokens) {

    /** When a new request is sent. */
    public sealed interface Arrivals {

        /** Whatever happens to the others, so many a second. */
        record Rate(double perSecond) implements Arrivals {}

        /** So many under way: a new one as soon as one has ended. */
        record Concurrency(int requests) implements Arrivals {}
    }

    private static final double TOKENS_PER_SECOND = 20;

    public static LoadPlan rate(double perSecond) {
        return of(new Arrivals.Rate(perSecond));
    }

    public static LoadPlan concurrency(int requests) {
        return of(new Arrivals.Concurrency(requests));
    }

    private static LoadPlan of(Arrivals arrivals) {
        return new LoadPlan(
                arrivals,
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                0,
                1,
                Duration.ofMinutes(10),
                Integer.MAX_VALUE,
                Duration.ofSeconds(60),
                "tiny",
                tokensPerSecond(TOKENS_PER_SECOND));
    }

    public static ToIntFunction<Duration> tokensPerSecond(double speed) {
        return asked -> Math.max(1, (int) Math.round(asked.toMillis() * speed / 1000));
    }

    public LoadPlan lasting(Duration shortest, Duration longest) {
        return new LoadPlan(
                arrivals, shortest, longest, plainShare, seed, newRequestsFor, atMost, silence, model, tokens);
    }

    public LoadPlan lasting(Duration each) {
        return lasting(each, each);
    }

    public LoadPlan plainShare(double share) {
        return new LoadPlan(arrivals, shortest, longest, share, seed, newRequestsFor, atMost, silence, model, tokens);
    }

    public LoadPlan seed(long seed) {
        return new LoadPlan(
                arrivals, shortest, longest, plainShare, seed, newRequestsFor, atMost, silence, model, tokens);
    }

    public LoadPlan newRequestsFor(Duration time) {
        return new LoadPlan(arrivals, shortest, longest, plainShare, seed, time, atMost, silence, model, tokens);
    }

    public LoadPlan atMost(int requests) {
        return new LoadPlan(
                arrivals, shortest, longest, plainShare, seed, newRequestsFor, requests, silence, model, tokens);
    }

    public LoadPlan silence(Duration patience) {
        return new LoadPlan(
                arrivals, shortest, longest, plainShare, seed, newRequestsFor, atMost, patience, model, tokens);
    }

    public LoadPlan model(String name, ToIntFunction<Duration> tokens) {
        return new LoadPlan(
                arrivals, shortest, longest, plainShare, seed, newRequestsFor, atMost, silence, name, tokens);
    }

    Duration duration(int number) {
        double share = new SplittableRandom(seed * 1_000_003 + number).nextDouble();
        return shortest.plusMillis(Math.round(share * longest.minus(shortest).toMillis()));
    }

    boolean streams(int number) {
        return new SplittableRandom(seed * 1_000_003 - number).nextDouble() >= plainShare;
    }
}
