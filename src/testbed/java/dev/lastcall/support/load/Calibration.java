package dev.lastcall.support.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/**
 * How fast a real engine is on this machine at this moment, so that a plan can ask it for durations. The spread is wide
 * (eight times was seen), so durations hold roughly: compare what finished, not when.
 *
 * @param tokensPerSecond of one request while {@code concurrency} of them run
 */
public record Calibration(String model, int concurrency, double tokensPerSecond) {

    private static final int WARM_UP_TOKENS = 8;
    /** The context of the models the project makes is 2048; the prompt takes a few tokens of it. */
    private static final int MOST_TOKENS = 2000;

    /** Runs as many requests of so many tokens side by side and takes the speed of the slowest. */
    public static Calibration measure(InetSocketAddress server, String model, int concurrency, int tokens)
            throws InterruptedException, TimeoutException {
        run(server, model, 1, WARM_UP_TOKENS);
        Tally tally = run(server, model, concurrency, tokens);
        double slowest = tally.records().stream()
                .mapToDouble(record -> tokens
                        * 1000.0
                        / Math.max(
                                1,
                                Duration.between(record.start(), record.end()).toMillis()))
                .min()
                .orElseThrow();
        return new Calibration(model, concurrency, slowest);
    }

    /** The plan with this model, and with as many tokens as fill the durations asked for. */
    public LoadPlan apply(LoadPlan plan) {
        return plan.model(
                model,
                asked -> Math.min(
                        MOST_TOKENS, LoadPlan.tokensPerSecond(tokensPerSecond).applyAsInt(asked)));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s at %.0f tokens/s for each of %d requests; 10 s = max_tokens %.0f",
                model,
                tokensPerSecond,
                concurrency,
                Math.min(MOST_TOKENS, tokensPerSecond * 10));
    }

    private static Tally run(InetSocketAddress server, String model, int requests, int tokens)
            throws InterruptedException, TimeoutException {
        LoadPlan plan = LoadPlan.concurrency(requests).atMost(requests).model(model, asked -> tokens);
        try (LoadClient client = LoadClient.start(server, plan)) {
            Tally tally = client.await(Duration.ofMinutes(3));
            if (tally.finished() != requests) {
                throw new IllegalStateException("cannot calibrate " + server + ": " + tally.records());
            }
            return tally;
        }
    }
}
