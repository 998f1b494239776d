package dev.lastcall.config;

import java.util.regex.Pattern;

/**
 * One thing a user has set, under the name by which it was set.
 *
 * @param origin where it stands
 * @param name as it was written, profile prefix included
 * @param value as it was written, expressions expanded where that could be done
 */
public record Setting(Origin origin, String name, String value) {

    private static final Pattern PROFILE = Pattern.compile("^%[^.]+\\.");

    /** The three places a user can set something. */
    public enum Origin {
        SYSTEM_PROPERTY,
        ENVIRONMENT,
        FILE
    }

    /** The name without a profile ({@code %prod.}) before it. */
    String propertyName() {
        return PROFILE.matcher(name).replaceFirst("");
    }
}
