package dev.lastcall.worker.queue;

import dev.lastcall.worker.queue.RedisFault.Kind;
import java.util.regex.Pattern;

/** Tells from Redis' own words what kind of no it was. */
final class RedisFaults {

    private static final Pattern DENIED = Pattern.compile("WRONGPASS|NOAUTH|NOPERM|ERR AUTH|invalid password");
    private static final Pattern READ_ONLY = Pattern.compile("OOM |MISCONF|READONLY|NOREPLICAS");
    private static final Pattern STARTING = Pattern.compile("LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY ");
    private static final Pattern ANSWERED = Pattern.compile("^(ERR|WRONGTYPE|NOSCRIPT|CROSSSLOT|EXECABORT)\\b");

    private RedisFaults() {}

    static RedisFault of(String redis, Throwable failure) {
        Throwable cause = failure;
        StringBuilder words = new StringBuilder();
        for (int depth = 0; depth < 8; depth++) {
            words.append(words.isEmpty() ? "" : ": ").append(firstLine(cause));
            Throwable next = cause.getCause();
            if (next == null) {
                break;
            }
            cause = next;
        }
        String all = words.toString();
        String last = firstLine(cause);
        if (DENIED.matcher(all).find()) {
            return new RedisFault(
                    Kind.DENIED,
                    "Redis at " + redis + " does not let this worker in: " + last
                            + "; check REDIS_PASSWORD (or its file) and the user's rights",
                    failure);
        }
        if (READ_ONLY.matcher(all).find()) {
            return new RedisFault(
                    Kind.READ_ONLY,
                    "Redis at " + redis + " takes no writes: " + last
                            + "; nothing is lost, jobs go on once it does (maxmemory, disk, replica)",
                    failure);
        }
        if (!STARTING.matcher(all).find() && ANSWERED.matcher(last).find()) {
            return new RedisFault(Kind.OTHER, "Redis at " + redis + " answers: " + last, failure);
        }
        return new RedisFault(Kind.UNREACHABLE, "Redis at " + redis + " is not reachable: " + last, failure);
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage();
        String words = message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
        return words.lines().findFirst().orElse(words);
    }
}
