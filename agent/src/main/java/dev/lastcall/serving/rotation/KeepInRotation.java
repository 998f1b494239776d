package dev.lastcall.serving.rotation;

import java.util.Optional;

/**
 * {@code lastcall.serving.keep-in-rotation}: how many other endpoints of a service must serve on before a doomed one leaves it.
 */
public sealed interface KeepInRotation {

    /** What the service's budget wants, and one without a budget. */
    record Budget() implements KeepInRotation {}

    /** That many; zero = every doomed pod leaves at once. */
    record Count(int endpoints) implements KeepInRotation {}

    /** Empty where the text is neither {@code budget} nor a whole number from 0 to 1000. */
    static Optional<KeepInRotation> parse(String text) {
        String given = text.strip();
        if (given.equals("budget")) {
            return Optional.of(new Budget());
        }
        return given.matches("[0-9]{1,4}") && Integer.parseInt(given) <= 1000
                ? Optional.of(new Count(Integer.parseInt(given)))
                : Optional.empty();
    }

    /**
     * How many others must serve on.
     *
     * @param before endpoints that the service had when this node's agent first looked: a service that never had two is not made to
     *     wait for two
     */
    default int wanted(Service service, int before) {
        int asked = switch (this) {
            case Budget _ -> Math.max(1, service.desiredHealthy().orElse(1));
            case Count count -> count.endpoints();
        };
        return Math.min(asked, before);
    }
}
