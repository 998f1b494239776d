package dev.lastcall.migplan;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pending instances, and every way to serve a part of them as one number: digit i, in base need(i) + 1, is how many of
 * profile i are served. More than what is needed of a profile counts as what is needed.
 */
final class Demand {
    private final List<String> profiles;
    private final int[] needs;
    private final long states;

    Demand(Map<String, Integer> pending) {
        this.profiles = List.copyOf(pending.keySet());
        this.needs = profiles.stream()
                .mapToInt(name -> pending.getOrDefault(name, 0))
                .toArray();
        long all = 1;
        for (int need : needs) {
            all = Math.min(all * (need + 1L), Integer.MAX_VALUE);
        }
        this.states = all;
    }

    List<String> profiles() {
        return profiles;
    }

    int need(int profile) {
        return needs[profile];
    }

    long states() {
        return states;
    }

    int number(int[] served) {
        int number = 0;
        for (int p = needs.length - 1; p >= 0; p--) {
            number = number * (needs[p] + 1) + Math.min(served[p], needs[p]);
        }
        return number;
    }

    int[] served(int number) {
        int[] served = new int[needs.length];
        int rest = number;
        for (int p = 0; p < needs.length; p++) {
            served[p] = rest % (needs[p] + 1);
            rest /= needs[p] + 1;
        }
        return served;
    }

    int sum(int one, int other) {
        int[] sum = served(one);
        int[] more = served(other);
        for (int p = 0; p < needs.length; p++) {
            sum[p] += more[p];
        }
        return number(sum);
    }

    Map<String, Integer> byProfile(int[] counts) {
        Map<String, Integer> named = new LinkedHashMap<>();
        for (int p = 0; p < needs.length; p++) {
            named.put(profiles.get(p), counts[p]);
        }
        return named;
    }
}
