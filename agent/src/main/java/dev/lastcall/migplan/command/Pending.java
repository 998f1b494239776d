package dev.lastcall.migplan.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The option {@code --pending}: {@code 3g.20gb=1,1g.5gb=2}. */
final class Pending {
    private static final int MOST = 10_000;
    private static final Pattern ITEM = Pattern.compile("([1-9][0-9]?g\\.[0-9]+gb[a-z.+-]*)=([0-9]{1,6})");

    private Pending() {}

    static Map<String, Integer> of(String[] items) throws BadInput {
        Map<String, Integer> pending = new LinkedHashMap<>();
        for (String item : items) {
            Matcher matcher = ITEM.matcher(item.strip());
            if (!matcher.matches()) {
                throw new BadInput("--pending " + item + ": write PROFILE=NUMBER, for example 3g.20gb=1");
            }
            int number = Integer.parseInt(matcher.group(2));
            if (number < 1 || number > MOST) {
                throw new BadInput("--pending " + item + ": the number can be 1 to " + MOST);
            }
            if (pending.put(matcher.group(1), number) != null) {
                throw new BadInput("--pending " + matcher.group(1) + ": given twice; give the sum");
            }
        }
        return pending;
    }
}
