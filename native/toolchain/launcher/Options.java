import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.stream.Collectors;

/** The builder knows {@code -H:} and {@code -R:} options only; here stand the public names for them. */
final class Options {

    /** Switches: present or not. */
    private static final Map<String, String> FLAGS = Map.of(
            "--enable-all-security-services", "EnableAllSecurityServices",
            "--install-exit-handlers", "InstallExitHandlers",
            "--silent", "BuildOutputSilent");

    /** A value after {@code =} or as the next argument. */
    private static final Map<String, String> VALUES = Map.of(
            "--features", "Features",
            "--add-exports", "AddExports",
            "--add-opens", "AddOpens",
            "--enable-native-access", "EnableNativeAccess",
            "--enable-url-protocols", "EnableURLProtocols",
            "--parallelism", "NumberOfThreads",
            "--trace-class-initialization", "TraceClassInitialization",
            "--trace-object-instantiation", "TraceObjectInstantiation",
            "-march", "MicroArchitecture");

    /** A value after {@code =}; what stands here is meant without one. */
    private static final Map<String, String[]> OPTIONAL = Map.of(
            "--link-at-build-time", new String[] {"LinkAtBuildTime", ""},
            "--exact-reachability-metadata", new String[] {"ThrowMissingRegistrationErrors", ""},
            "--enable-monitoring", new String[] {"EnableMonitoringFeatures", "all"},
            "--future-defaults", new String[] {"FutureDefaults", "all"},
            "--no-fallback", new String[] {"FallbackThreshold", "0"},
            "--enable-http", new String[] {"EnableURLProtocols", "http"},
            "--enable-https", new String[] {"EnableURLProtocols", "https"},
            "--color", new String[] {"Color", "always"},
            "-g", new String[] {"GenerateDebugInfo", "2"});

    private Options() {}

    static String value(String option, Deque<String> queue) {
        if (queue.isEmpty()) {
            throw new Refused(option + " needs a value");
        }
        return queue.removeFirst();
    }

    /** @param origin who gave it, {@code user} or the address of a setting: the builder names it in its messages */
    static String translate(String argument, Deque<String> queue, String origin) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        String value = equals < 0 ? null : argument.substring(equals + 1);
        if (argument.startsWith("-H:") || argument.startsWith("-R:")) {
            return (name.contains("@") ? name : name + "@" + origin) + (value == null ? "" : "=" + value);
        }
        if (argument.matches("-O[0-9bs]")) {
            return hosted("Optimize", argument.substring(2), origin);
        }
        if (FLAGS.containsKey(name) && value == null) {
            return flag(FLAGS.get(name), origin);
        }
        if (VALUES.containsKey(name)) {
            return hosted(VALUES.get(name), value != null ? value : value(name, queue), origin);
        }
        if (OPTIONAL.containsKey(name)) {
            String[] option = OPTIONAL.get(name);
            return hosted(option[0], value != null ? value : option[1], origin);
        }
        return switch (name) {
            case "--gc" -> garbageCollector(value, origin);
            case "--initialize-at-build-time" -> initialization(value, "build_time", origin);
            case "--initialize-at-run-time" -> initialization(value, "run_time", origin);
            default -> throw new Refused("option " + argument + ("user".equals(origin) ? "" : " in " + origin)
                    + " is not known to this builder (launcher/Options.java has those that are)");
        };
    }

    static String hosted(String option, String value, String origin) {
        return "-H:" + option + "@" + origin + "+api=" + value;
    }

    private static String flag(String option, String origin) {
        return "-H:+" + option + "@" + origin + "+api";
    }

    private static String garbageCollector(String name, String origin) {
        return switch (name) {
            case "serial" -> flag("UseSerialGC", origin);
            case "epsilon" -> flag("UseEpsilonGC", origin);
            case null, default -> throw new Refused("--gc=" + name + ": this builder has serial and epsilon");
        };
    }

    private static String initialization(String names, String when, String origin) {
        String each = Arrays.stream((names == null ? "" : names).split(","))
                .map(name -> name + ":" + when)
                .collect(Collectors.joining(","));
        return hosted("ClassInitialization", each, origin);
    }
}
