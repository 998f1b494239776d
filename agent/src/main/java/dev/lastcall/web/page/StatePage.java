package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the template of the status page shows.
 *
 * @param live false for {@code ?snapshot}: no script, and no time relative to now
 * @param over the drain whose pods are listed has ended
 * @param reports drains that are over, newest first
 */
public record StatePage(
        boolean live,
        String node,
        String version,
        boolean dryRun,
        Moment now,
        @Nullable Moment startedAt,
        Headline headline,
        List<PodLine> pods,
        boolean over,
        List<GpuCard> gpus,
        List<NoticeLine> notices,
        List<SourceLine> sources,
        List<DrainLine> reports,
        List<FindingGroup> findings) {

    /** Style and script are files of their own: nothing inline may run, whatever a pod's name or a message brings along. */
    public static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** @param state the document of {@code /api/v1/state} */
    public static StatePage of(JsonNode state, boolean live) {
        Instant now = Objects.requireNonNullElse(Moment.instant(state.path("now")), Instant.EPOCH);
        Moment.Writer times = new Moment.Writer(now, live);
        JsonNode drain = state.path("drain");
        return new StatePage(
                live,
                state.path("node").asText(),
                state.path("version").asText(),
                state.path("dryRun").asBoolean(),
                // The one time that is never relative: "0 s ago" says nothing.
                times.absolute(now),
                times.write(state.path("startedAt")),
                Headline.of(state, times),
                PodLine.of(drain, times),
                List.of("done", "failed", "cancelled")
                        .contains(drain.path("phase").asText()),
                GpuCard.of(state.path("gpus")),
                NoticeLine.of(state.path("notices"), times),
                SourceLine.of(state.path("sources"), times),
                DrainLine.of(state.path("recentDrains"), times),
                FindingGroup.of(state));
    }
}
