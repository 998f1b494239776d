package dev.lastcall.doctor;

import dev.lastcall.notice.Cloud;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Rows about the metadata service: where a notice would come from. */
final class MetadataRows {

    private MetadataRows() {}

    /** No metadata service is asked on this node. */
    static Row none(List<String> configured, boolean nodeKnown, boolean marks) {
        boolean auto = configured.contains("auto");
        if (auto && !nodeKnown) {
            return Row.unknown("metadata", "which cloud it is can't be told without the own Node", "");
        }
        if (auto) {
            return Row.ok(
                    "metadata",
                    "the Node's providerID names no cloud whose notices can be read"
                            + (marks ? "; node marks are watched" : ""));
        }
        return Row.ok("metadata", "none is asked, as configured" + (marks ? "; node marks are watched" : ""));
    }

    /** @param answer to the agent's own first question */
    static Row of(SourceId source, String endpoint, Observation answer) {
        String check = "metadata " + source.cloud().label();
        return switch (answer) {
            case Observation.Nothing _ -> Row.ok(check, endpoint + " answers" + token(source.cloud()) + ": no notice");
            case Observation.Seen(var sightings, var _, var _) ->
                Row.ok(
                        check,
                        endpoint + " answers" + token(source.cloud()) + ": a notice stands ("
                                + sightings.stream()
                                        .map(each -> each.kind().label())
                                        .distinct()
                                        .collect(Collectors.joining(", "))
                                + ")");
            case Observation.Failed failed ->
                Row.problem(
                        check,
                        endpoint + ": " + failed.code() + ", " + failed.detail(),
                        SourceHealth.starting(source, Instant.EPOCH)
                                .after(failed, Instant.EPOCH)
                                .likelyCause());
        };
    }

    private static String token(Cloud cloud) {
        return cloud == Cloud.AWS ? " with a token (IMDSv2)" : "";
    }
}
