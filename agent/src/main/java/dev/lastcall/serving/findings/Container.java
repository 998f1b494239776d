package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container as far as a drain feels it.
 *
 * @param words command and arguments, in order; empty where the image's own are used
 * @param ports declared container ports
 * @param env variables with a literal value; those with another source have an empty one
 * @param preStop what its preStop hook sleeps; zero without one or where that is not known
 * @param startup the longest time its startup probe allows; null without one
 */
public record Container(
        String name,
        String image,
        List<String> words,
        List<Integer> ports,
        Map<String, String> env,
        Duration preStop,
        @Nullable Duration startup) {}
