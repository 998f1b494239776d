package dev.lastcall.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Holds what a user has set against the table of keys. Pure: values in, sentences out. */
public final class ConfigCheck {

    /** Variables that Kubernetes injects into a namespace with a Service called lastcall (CONTRACT: Environment). */
    private static final Pattern SERVICE_LINK = Pattern.compile("LASTCALL_PORT(_.*)?|LASTCALL_SERVICE_.*");

    private static final Pattern INDEX = Pattern.compile("\\[\\d+]$");
    private static final Pattern ENV_INDEX = Pattern.compile("_\\d+_$");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
    private static final int LONGEST_VALUE_SHOWN = 120;
    /** A suggestion further away than this is noise. */
    private static final int NEAR = 3;

    private static final Map<String, ConfigKey> BY_NAME = new HashMap<>();
    private static final Map<String, ConfigKey> BY_ENV_NAME = new HashMap<>();

    static {
        for (ConfigKey key : ConfigKeys.all()) {
            BY_NAME.put(key.name(), key);
            BY_ENV_NAME.put(key.envName(), key);
        }
    }

    private ConfigCheck() {}

    /**
     * One line per problem, in the order of the settings: the key as it was given, the value, what would be right.
     * Settings outside {@code lastcall.} and {@code LASTCALL_} are none of its business.
     */
    public static List<String> problems(List<Setting> settings) {
        List<String> problems = new ArrayList<>();
        for (Setting setting : settings) {
            if (isOurs(setting)) {
                problem(setting).ifPresent(problems::add);
            }
        }
        return problems;
    }

    private static Optional<String> problem(Setting setting) {
        ConfigKey key = find(setting);
        if (key == null) {
            return Optional.of(setting.name() + ": unknown key (value '" + shown(setting.value()) + "')"
                    + suggestion(setting) + " --help lists all keys");
        }
        if (key.accepts(setting.value())) {
            return Optional.empty();
        }
        if (setting.value().isEmpty()) {
            return Optional.of(setting.name() + ": the value is empty; give " + key.allowed()
                    + ", or leave the key out for " + key.defaultValue());
        }
        return Optional.of(setting.name() + ": " + (key.isSecret() ? "the value" : "'" + shown(setting.value()) + "'")
                + " is not allowed"
                + key.remedy(setting.value()).map(why -> ": " + why).orElse("") + "; give " + key.allowed());
    }

    private static boolean isOurs(Setting setting) {
        String name = setting.name();
        if (setting.origin() == Setting.Origin.ENVIRONMENT
                && name.toUpperCase(Locale.ROOT).startsWith("LASTCALL_")) {
            return !SERVICE_LINK.matcher(name).matches();
        }
        return setting.propertyName().startsWith("lastcall.");
    }

    static @Nullable ConfigKey find(Setting setting) {
        String name = setting.propertyName();
        ConfigKey byName = BY_NAME.get(name);
        if (byName != null) {
            return byName;
        }
        String unindexed = INDEX.matcher(name).replaceFirst("");
        if (!unindexed.equals(name) && BY_NAME.containsKey(unindexed)) {
            ConfigKey list = BY_NAME.get(unindexed);
            return list != null && list.isList() ? list : null;
        }
        if (setting.origin() != Setting.Origin.ENVIRONMENT) {
            return null;
        }
        ConfigKey byEnv = BY_ENV_NAME.get(name);
        if (byEnv != null) {
            return byEnv;
        }
        ConfigKey list = BY_ENV_NAME.get(ENV_INDEX.matcher(name).replaceFirst(""));
        return list != null && list.isList() ? list : null;
    }

    private static String suggestion(Setting setting) {
        boolean env = setting.origin() == Setting.Origin.ENVIRONMENT
                && !setting.name().contains(".");
        String given = env ? setting.name().toUpperCase(Locale.ROOT) : setting.propertyName();
        return ConfigKeys.all().stream()
                .map(key -> env ? key.envName() : key.name())
                .filter(known -> distance(given, known) <= NEAR || sameLastWord(given, known))
                .min(Comparator.comparingInt(known -> distance(given, known)))
                .map(known -> ", did you mean " + known + "?")
                .orElse(";");
    }

    /** {@code lastcall.force} for {@code lastcall.drain.force}: far by letters, near by sense. */
    private static boolean sameLastWord(String given, String known) {
        String word = given.replaceFirst("^.*[._]", "");
        return word.length() > NEAR && known.endsWith(word);
    }

    private static String shown(String value) {
        String clean = CONTROL.matcher(value).replaceAll("?");
        return clean.length() <= LONGEST_VALUE_SHOWN ? clean : clean.substring(0, LONGEST_VALUE_SHOWN) + "…";
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(previous[j], row[j - 1]));
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
