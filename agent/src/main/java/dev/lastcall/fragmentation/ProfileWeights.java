package dev.lastcall.fragmentation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** π: how likely the next request is for each profile. Weighs {@code expected_unusable}, nothing else. */
public sealed interface ProfileWeights {

    /** Every distinct shape is as likely as any other. */
    record Uniform() implements ProfileWeights {}

    /**
     * A mix by profile name. Weights are relative, so they need not sum to 1; names a GPU does not offer do not count
     * there, since one setting serves nodes of several models.
     */
    record Configured(Map<String, Double> weights) implements ProfileWeights {
        public Configured {
            weights = Map.copyOf(weights);
        }

        /** The names this GPU does not offer, sorted: worth one line in the log. */
        public List<String> notOfferedBy(Geometry geometry) {
            return weights.keySet().stream()
                    .filter(name -> geometry.profile(name).isEmpty())
                    .sorted()
                    .toList();
        }
    }

    /** The configuration key this parses. */
    String KEY = "lastcall.gpu.profile-weights";

    /**
     * Reads {@code uniform} or {@code PROFILE=WEIGHT,…}, for example {@code 1g.10gb=0.7,3g.40gb=0.3}. The reason of a
     * refusal names the key, the value and the remedy.
     */
    static Checked<ProfileWeights> parse(String text) {
        if (text.strip().equals("uniform")) {
            return new Checked.Valid<>(new Uniform());
        }
        Map<String, Double> weights = new LinkedHashMap<>();
        for (String entry : text.split(",", -1)) {
            int equals = entry.indexOf('=');
            if (equals < 0) {
                return refused(text, "'" + entry.strip() + "' is not PROFILE=WEIGHT");
            }
            String name = entry.substring(0, equals).strip();
            String number = entry.substring(equals + 1).strip();
            if (!Syntax.PROFILE.matcher(name).matches()) {
                return refused(text, "'" + name + "' is not the name of a MIG profile");
            }
            Optional<Double> weight = Syntax.weight(number);
            if (weight.isEmpty()) {
                return refused(text, "'" + number + "' is not a number above 0 and at most 1000000");
            }
            if (weights.put(name, weight.get()) != null) {
                return refused(text, "'" + name + "' stands twice");
            }
        }
        return new Checked.Valid<>(new Configured(weights));
    }

    private static Checked<ProfileWeights> refused(String text, String why) {
        return new Checked.Invalid<>(
                KEY + "=" + text + ": " + why + "; write 'uniform' or for example '1g.10gb=0.7,3g.40gb=0.3'");
    }

    /** What an entry may look like. */
    final class Syntax {
        private Syntax() {}

        /** Names as the driver prints them: {@code 1g.24gb+me.all}, {@code 1g.24gb-me}. */
        private static final Pattern PROFILE = Pattern.compile("\\d+g\\.\\d+gb([+-][a-z]+(\\.[a-z]+)*)*");

        /** Double.parseDouble also takes hexadecimal, "1f" and "NaN"; a setting should not. */
        private static final Pattern NUMBER = Pattern.compile("\\d{1,7}(\\.\\d{1,15})?|\\.\\d{1,15}");

        private static final double MAX = 1_000_000;

        private static Optional<Double> weight(String number) {
            if (!NUMBER.matcher(number).matches()) {
                return Optional.empty();
            }
            double weight = Double.parseDouble(number);
            return weight > 0 && weight <= MAX ? Optional.of(weight) : Optional.empty();
        }
    }
}
