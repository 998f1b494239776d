package dev.lastcall.lint;

import dev.lastcall.notice.Cloud;
import dev.lastcall.serving.findings.Rules;
import dev.lastcall.serving.findings.Terms;
import dev.lastcall.serving.findings.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the command line asks of lint. */
record Request(List<String> files, Output output, Terms terms, Set<String> disabled) {
    static final List<String> CLOUDS = Stream.of(Cloud.values())
            .filter(cloud -> cloud != Cloud.NONE)
            .map(Cloud::label)
            .toList();
    private static final Pattern SPAN = Pattern.compile("(\\d{1,6})(s|m)");

    /**
     * @param windows as given; empty: the cloud's own, or the defaults without one
     * @param clouds public names
     * @throws Unreadable naming the option and what it may be
     */
    static Request of(
            List<String> files, String output, List<String> windows, List<String> clouds, List<String> disabled)
            throws Unreadable {
        List<Window> all = new ArrayList<>();
        for (String window : windows) {
            all.add(window(window));
        }
        for (String name : clouds) {
            Cloud cloud = Cloud.ofLabel(name)
                    .filter(known -> known != Cloud.NONE)
                    .orElseThrow(() -> new Unreadable(
                            "--cloud: '" + name + "' is not allowed; give one of " + String.join(", ", CLOUDS)));
            all.add(new Window(cloud.shortestNotice()));
        }
        for (String name : disabled) {
            if (!Rules.names().contains(name)) {
                throw new Unreadable(
                        "--disable: '" + name + "' is no finding; give some of " + String.join(", ", Rules.names()));
            }
        }
        return new Request(
                files.isEmpty() ? List.of(Source.STDIN) : files,
                output(output),
                new Terms(
                        Terms.DEFAULT_MARGIN,
                        Terms.DEFAULT_SETTLE,
                        all.isEmpty()
                                ? Terms.DEFAULT_WINDOWS
                                : all.stream().distinct().toList()),
                Set.copyOf(disabled));
    }

    private static Output output(String name) throws Unreadable {
        try {
            return Output.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new Unreadable("--output: '" + name + "' is not allowed; give text, json or sarif");
        }
    }

    private static Window window(String text) throws Unreadable {
        Matcher span = SPAN.matcher(text.strip());
        long count = span.matches() ? Long.parseLong(span.group(1)) : 0;
        if (count == 0) {
            throw new Unreadable("--window: '" + text + "' is not allowed; give lengths such as 30s,120s or 2m");
        }
        return new Window("m".equals(span.group(2)) ? Duration.ofMinutes(count) : Duration.ofSeconds(count));
    }
}
