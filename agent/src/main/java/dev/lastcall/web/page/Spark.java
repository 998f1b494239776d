package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Requests in flight of one pod over time, as a small line 100 wide and 24 high.
 *
 * @param points of an SVG polyline
 * @param label the same in words
 */
public record Spark(String points, String label) {

    private static final double WIDTH = 100;
    private static final double HEIGHT = 24;

    private record Point(Instant at, long value) {}

    /** Null where there are fewer than two readings: that is no line. */
    static @Nullable Spark of(JsonNode history) {
        List<Point> all = new ArrayList<>();
        for (JsonNode each : history) {
            Instant at = Moment.instant(each.path("at"));
            if (at != null) {
                all.add(new Point(at, each.path("inFlight").asLong()));
            }
        }
        if (all.size() < 2) {
            return null;
        }
        Point first = all.getFirst();
        Point last = all.getLast();
        long most = all.stream().mapToLong(Point::value).max().orElse(0);
        double whole = Math.max(1, Duration.between(first.at(), last.at()).toMillis());
        StringBuilder points = new StringBuilder();
        Point before = first;
        for (Point point : all) {
            double x = Duration.between(first.at(), point.at()).toMillis() / whole * WIDTH;
            // In steps: between two readings nothing is known but the first of them.
            if (point.value() != before.value()) {
                points.append(coordinates(x, before.value(), most)).append(' ');
            }
            points.append(coordinates(x, point.value(), most)).append(' ');
            before = point;
        }
        return new Spark(
                points.toString().strip(),
                "requests in flight over " + Math.round(whole / 1000) + " s: first " + first.value() + ", most " + most
                        + ", last " + last.value());
    }

    private static String coordinates(double x, long value, long most) {
        double y = HEIGHT - 2 - (most == 0 ? 0 : (HEIGHT - 4) * value / most);
        return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
    }
}
