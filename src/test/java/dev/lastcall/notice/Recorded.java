package dev.lastcall.notice;

import dev.lastcall.notice.alibaba.AlibabaSource;
import dev.lastcall.notice.aws.Rebalance;
import dev.lastcall.notice.aws.ScheduledEvents;
import dev.lastcall.notice.aws.SpotAction;
import dev.lastcall.notice.aws.TargetLifecycle;
import dev.lastcall.notice.azure.OwnMachine;
import dev.lastcall.notice.azure.ScheduledEventsDocument;
import dev.lastcall.notice.gcp.GcpValues;
import dev.lastcall.notice.nodemark.SimulateSource;
import dev.lastcall.notice.tencent.TencentSource;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Answers in the form in which the clouds' own documentation shows them, and who reads them. */
record Recorded(String name, String body, Function<String, Parsed> parser, int notices, List<String> words) {

    static final OwnMachine OWN = new OwnMachine(Set.of("FrontEnd_IN_0"));
    private static final GcpValues GCP = new GcpValues("boot", Duration.ofSeconds(30), true);

    static final String AWS_EVENTS = """
            [ {
                "NotBefore" : "21 Jan 2019 09:00:43 GMT",
                "Code" : "system-reboot",
                "Description" : "scheduled reboot",
                "EventId" : "instance-event-0d59937288b749b32",
                "NotAfter" : "21 Jan 2019 09:17:23 GMT",
                "State" : "active"
              }, {
                "NotBefore" : "17 Jan 2019 02:00:00 GMT",
                "Code" : "instance-retirement",
                "Description" : "The instance is running on degraded hardware",
                "EventId" : "instance-event-0e439355b779n26",
                "State" : "active"
              }, {
                "NotBefore" : "10 Jan 2019 09:00:43 GMT",
                "Code" : "system-reboot",
                "Description" : "[Completed] scheduled reboot",
                "EventId" : "instance-event-0a59937288b749b31",
                "NotAfter" : "10 Jan 2019 09:17:23 GMT",
                "State" : "completed"
              }, {
                "NotBefore" : "11 Jan 2019 09:00:43 GMT",
                "Code" : "system-reboot",
                "Description" : "[Canceled] scheduled reboot",
                "EventId" : "instance-event-0b59937288b749b33",
                "NotAfter" : "11 Jan 2019 09:17:23 GMT",
                "State" : "canceled"
              } ]""";

    static final String AZURE = """
            {
                "DocumentIncarnation": 1,
                "Events": [
                    {
                        "EventId": "C7061BAC-AFDC-4513-B24B-AA5F13A16123",
                        "EventStatus": "Scheduled",
                        "EventType": "Freeze",
                        "ResourceType": "VirtualMachine",
                        "Resources": ["FrontEnd_IN_0", "BackEnd_IN_0"],
                        "NotBefore": "Mon, 11 Apr 2022 22:26:58 GMT",
                        "Description": "Virtual machine is being paused because of a memory-preserving Live Migration.",
                        "EventSource": "Platform",
                        "DurationInSeconds": 5
                    },
                    {
                        "EventId": "D2FF7AC4-AFDC-4513-B24B-AA5F13A16124",
                        "EventStatus": "Scheduled",
                        "EventType": "Preempt",
                        "ResourceType": "VirtualMachine",
                        "Resources": ["frontend_in_0"],
                        "NotBefore": "Mon, 11 Apr 2022 22:27:08 GMT",
                        "Description": "",
                        "EventSource": "Platform",
                        "DurationInSeconds": -1
                    }
                ]
            }""";

    static List<Recorded> all() {
        return List.of(
                new Recorded(
                        "aws spot",
                        "{\"action\": \"terminate\", \"time\": \"2017-09-18T08:22:00Z\"}",
                        SpotAction::parse,
                        1,
                        List.of("terminate", "stop", "hibernate")),
                new Recorded(
                        "aws rebalance",
                        "{\"noticeTime\": \"2020-10-27T08:22:00Z\"}",
                        Rebalance::parse,
                        1,
                        List.of("noticeTime")),
                new Recorded("aws events", AWS_EVENTS, ScheduledEvents::parse, 2, List.of("EventId")),
                new Recorded("aws asg", "Terminated", TargetLifecycle::parse, 1, List.of("Terminated")),
                new Recorded("gcp preempted", "TRUE", GCP::preempted, 1, List.of("TRUE")),
                new Recorded(
                        "gcp maintenance",
                        "TERMINATE_ON_HOST_MAINTENANCE",
                        GCP::maintenanceEvent,
                        1,
                        List.of("TERMINATE_ON_HOST_MAINTENANCE")),
                new Recorded("gcp upcoming", """
                        {"type":"SCHEDULED","canReschedule":true,"windowStartTime":"2026-03-24T22:00:00Z",
                        "windowEndTime":"2026-03-25T02:00:00Z","latestWindowStartTime":"2026-04-10T22:00:00Z",
                        "maintenanceStatus":"PENDING"}""", GCP::upcoming, 1, List.of("windowStartTime", "window_start_time")),
                new Recorded("azure", AZURE, body -> ScheduledEventsDocument.parse(body, OWN), 2, List.of("EventId")),
                new Recorded("alibaba", "2015-01-05T18:02:00Z", AlibabaSource::parse, 1, List.of("T")),
                new Recorded("tencent", "2018-08-18 12:05:33", TencentSource::parse, 1, List.of(":")),
                new Recorded("simulate", "spot,120s-dry", SimulateSource::parse, 1, List.of(",")));
    }

    @Override
    public String toString() {
        return name;
    }
}
