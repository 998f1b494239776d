package dev.lastcall.lint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Things that carry or demand labels, found by them without a look at each: inputs have thousands of objects. What is found is what may
 * fit, in the order of the input; whether it does is the caller's question.
 */
final class Labelled<T> {
    private record Placed<T>(int place, T item, Map<String, String> labels) {}

    private final List<Placed<T>> all = new ArrayList<>();
    private final Map<Map.Entry<String, String>, List<Placed<T>>> byPair = new HashMap<>();
    private final Map<Map.Entry<String, String>, List<Placed<T>>> byRarest = new HashMap<>();
    private final List<Placed<T>> demandingNothing = new ArrayList<>();

    Labelled(List<T> items, Function<T, Map<String, String>> labels) {
        for (T item : items) {
            Placed<T> placed = new Placed<>(all.size(), item, labels.apply(item));
            all.add(placed);
            placed.labels().entrySet().forEach(pair -> list(byPair, pair).add(placed));
        }
        for (Placed<T> placed : all) {
            placed.labels().entrySet().stream()
                    .min(Comparator.comparingInt(pair -> list(byPair, pair).size()))
                    .ifPresentOrElse(pair -> list(byRarest, pair).add(placed), () -> demandingNothing.add(placed));
        }
    }

    /** Those whose demands pods with these labels may meet. */
    List<T> demanding(Map<String, String> carried) {
        return Stream.concat(
                        demandingNothing.stream(),
                        carried.entrySet().stream().flatMap(pair -> byRarest.getOrDefault(pair, List.of()).stream()))
                .sorted(Comparator.comparingInt(Placed::place))
                .map(Placed::item)
                .toList();
    }

    /** Those that may carry all of these labels. */
    List<T> carrying(Map<String, String> wanted) {
        return wanted.entrySet().stream()
                .map(pair -> byPair.getOrDefault(pair, List.of()))
                .min(Comparator.comparingInt(List::size))
                .orElse(all)
                .stream()
                .map(Placed::item)
                .toList();
    }

    private static <T> List<Placed<T>> list(
            Map<Map.Entry<String, String>, List<Placed<T>>> lists, Map.Entry<String, String> pair) {
        return lists.computeIfAbsent(Map.entry(pair.getKey(), pair.getValue()), _ -> new ArrayList<>());
    }
}
