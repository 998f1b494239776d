package dev.lastcall.image;

import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A skip that says why. */
final class Need {

    private Need() {}

    static void of(Optional<String> missing) {
        missing.ifPresent(why -> System.out.println("skipped: " + why));
        Assumptions.assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    }
}
