package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.time.Instant;

/** What the agent reports of an engine that nobody here wrote, against what the clients saw. */
final class LedgerOfClients {

    private LedgerOfClients() {}

    /** Drains the node of this scenario under that load, whose clients go on asking until the report is there. */
    static void agreesAfterDrain(Scenario node, LoadClient load, Duration notice, int streams) throws Exception {
        node.interrupt(notice);
        JsonNode report = node.awaitReport(notice.plusSeconds(20));
        load.stopArrivals();
        Tally truth = load.await(Duration.ofMinutes(2));
        System.out.println("drained by the agent: clients: " + truth + "\n  agent: " + report);
        agrees(report, truth, streams);
    }

    /** Nothing was lost, nothing is unknown, and the agent counted what the clients counted. */
    private static void agrees(JsonNode report, Tally truth, int streams) {
        assertThat(truth.lost()).isEmpty();
        JsonNode requests = report.path("requests");
        assertThat(report.path("outcome").asText()).isEqualTo("done");
        assertThat(requests.path("lost").asLong(-1)).isZero();
        assertThat(requests.path("unknown").asLong(-1))
                .as("no client left before its answer ended")
                .isZero();
        assertThat(requests.path("atNotice").asLong()).isBetween(streams / 2L, (long) streams);
        long counted = requests.path("finished").asLong(-1);
        assertThat(counted)
                .isEqualTo(requests.path("atNotice").asLong()
                        + requests.path("admittedAfter").asLong());
        // The agent counts from its first reading, which comes after the notice.
        Instant noticed = Instant.parse(report.path("noticedAt").asText());
        assertThat(counted)
                .as("the agent's count against the clients' own")
                .isBetween(finishedAfter(truth, noticed.plusSeconds(2)), finishedAfter(truth, noticed));
    }

    private static long finishedAfter(Tally truth, Instant instant) {
        return truth.where(request -> request.end().isAfter(instant)).finished();
    }
}
