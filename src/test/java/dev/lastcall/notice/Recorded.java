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
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Answers in the form in which the clouds' own documentation shows them, and who reads them.
 *
 * @param source the page that shows it
 * @param notices how many it announces to the machine it is for
 * @param words per kind: what must stand in a text that announces it
 */
record Recorded(
        String name,
        String source,
        String body,
        Function<String, Parsed> parser,
        int notices,
        Map<NoticeKind, List<String>> words) {

    private static final String EC2 = "docs.aws.amazon.com/AWSEC2/latest/UserGuide/";
    private static final String SPOT = EC2 + "spot-instance-termination-notices.html";
    private static final String SCHEDULED = EC2 + "monitoring-instances-status-check_sched.html";
    private static final String GCE = "cloud.google.com/compute/docs/";
    private static final String AZURE_EVENTS = "learn.microsoft.com/azure/virtual-machines/linux/scheduled-events";
    private static final String TENCENT = "tencentcloud.com/document/product/213/32487";
    private static final String ALIBABA = "alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata";

    static final OwnMachine OWN = new OwnMachine(Set.of("FrontEnd_IN_0"));
    private static final OwnMachine WEST = new OwnMachine(Set.of("westno_1"));
    private static final GcpValues GCP = new GcpValues("boot", Duration.ofSeconds(30), () -> true);

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

    /** The four documents of the example there, in which two machines are moved to another host. */
    private static String azureExample(int incarnation, String status, String notBefore) {
        return """
                {
                    "DocumentIncarnation":  %d,
                    "Events":  [
                                   {
                                       "EventId":  "C7061BAC-AFDC-4513-B24B-AA5F13A16123",
                                       "EventStatus":  "%s",
                                       "EventType":  "Freeze",
                                       "ResourceType":  "VirtualMachine",
                                       "Resources":  [
                                                         "WestNO_0",
                                                         "WestNO_1"
                                                     ],
                                       "NotBefore":  "%s",
                                       "Description":  "Virtual machine is being paused because of a memory-preserving Live Migration operation.",
                                       "EventSource":  "Platform",
                                       "DurationInSeconds":  5
                                   }
                               ]
                }""".formatted(incarnation, status, notBefore);
    }

    static List<Recorded> all() {
        return Stream.of(aws(), gcp(), azure(), others()).flatMap(List::stream).toList();
    }

    private static List<Recorded> aws() {
        Map<NoticeKind, List<String>> spot =
                Map.of(NoticeKind.SPOT, List.of("terminate", "stop"), NoticeKind.HIBERNATE, List.of("hibernate"));
        Map<NoticeKind, List<String>> events =
                Map.of(NoticeKind.REBOOT, List.of("reboot"), NoticeKind.MAINTENANCE, List.of("EventId"));
        return List.of(
                new Recorded(
                        "aws spot, terminate",
                        SPOT,
                        "{\"action\": \"terminate\", \"time\": \"2017-09-18T08:22:00Z\"}",
                        SpotAction::parse,
                        1,
                        spot),
                new Recorded(
                        "aws spot, stop",
                        SPOT,
                        "{\"action\": \"stop\", \"time\": \"2017-09-18T08:22:00Z\"}",
                        SpotAction::parse,
                        1,
                        spot),
                new Recorded(
                        "aws spot, hibernate",
                        EC2 + "hibernate-spot-instances.html",
                        "{\"action\": \"hibernate\", \"time\": \"2017-09-18T08:22:00Z\"}",
                        SpotAction::parse,
                        1,
                        spot),
                new Recorded(
                        "aws rebalance",
                        EC2 + "rebalance-recommendations.html",
                        "{\"noticeTime\": \"2020-10-27T08:22:00Z\"}",
                        Rebalance::parse,
                        1,
                        Map.of(NoticeKind.REBALANCE, List.of("noticeTime"))),
                new Recorded(
                        "aws events, active and finished", SCHEDULED, AWS_EVENTS, ScheduledEvents::parse, 2, events),
                new Recorded("aws events, none", SCHEDULED, "[ ]", ScheduledEvents::parse, 0, events),
                new Recorded(
                        "aws asg",
                        "docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html",
                        "Terminated",
                        TargetLifecycle::parse,
                        1,
                        Map.of(NoticeKind.TERMINATE, List.of("Terminated"))));
    }

    private static List<Recorded> gcp() {
        String plan = GCE + "instances/monitor-plan-host-maintenance-event";
        Map<NoticeKind, List<String>> upcoming =
                Map.of(NoticeKind.MAINTENANCE, List.of("windowStartTime", "window_start_time"));
        Map<NoticeKind, List<String>> host = Map.of(NoticeKind.MAINTENANCE, List.of("TERMINATE_ON_HOST_MAINTENANCE"));
        return List.of(
                new Recorded(
                        "gcp preempted",
                        GCE + "instances/create-use-preemptible",
                        "TRUE",
                        GCP::preempted,
                        1,
                        Map.of(NoticeKind.PREEMPT, List.of("TRUE"))),
                new Recorded(
                        "gcp maintenance",
                        GCE + "metadata/getting-live-migration-notice",
                        "TERMINATE_ON_HOST_MAINTENANCE",
                        GCP::maintenanceEvent,
                        1,
                        host),
                new Recorded(
                        "gcp migration",
                        GCE + "metadata/getting-live-migration-notice",
                        "MIGRATE_ON_HOST_MAINTENANCE",
                        GCP::maintenanceEvent,
                        0,
                        host),
                new Recorded("gcp upcoming, by the API's names", plan, """
                        {"type":"SCHEDULED","canReschedule":true,"windowStartTime":"2024-11-01T19:00:00Z",
                        "windowEndTime":"2024-11-01T22:00:00Z","latestWindowStartTime":"2024-11-01T19:00:00Z",
                        "maintenanceStatus":"PENDING","maintenanceReasons":["PLANNED_UPDATE"]}""", GCP::upcoming, 1, upcoming),
                new Recorded("gcp upcoming, by the metadata server's", plan, """
                        { "Upcoming maintenance": {
                        "can_reschedule": "true",
                        "latest_window_start_time": "2024-12-01T19:00:01Z",
                        "maintenance_status": "PENDING",
                        "type": "SCHEDULED",
                        "window_end_time": "2024-12-01T21:00:01Z",
                        "window_start_time": "2024-12-01T19:00:01Z"
                        } }""", GCP::upcoming, 1, upcoming),
                new Recorded("gcp upcoming, none", plan, "{ }", GCP::upcoming, 0, upcoming));
    }

    private static List<Recorded> azure() {
        Map<NoticeKind, List<String>> words = Map.of(
                NoticeKind.FREEZE, List.of("Freeze"),
                NoticeKind.PREEMPT, List.of("Preempt"),
                NoticeKind.TERMINATE, List.of("Terminate"),
                NoticeKind.REBOOT, List.of("Reboot"),
                NoticeKind.MAINTENANCE, List.of("Redeploy"));
        Function<String, Parsed> own = body -> ScheduledEventsDocument.parse(body, OWN);
        Function<String, Parsed> west = body -> ScheduledEventsDocument.parse(body, WEST);
        return List.of(
                new Recorded("azure, two events", AZURE_EVENTS, AZURE, own, 2, words),
                new Recorded(
                        "azure, scheduled",
                        AZURE_EVENTS,
                        azureExample(2, "Scheduled", "Mon, 11 Apr 2022 22:26:58 GMT"),
                        west,
                        1,
                        words),
                new Recorded("azure, started", AZURE_EVENTS, azureExample(3, "Started", ""), west, 1, words),
                new Recorded(
                        "azure, of others",
                        AZURE_EVENTS,
                        azureExample(2, "Scheduled", "Mon, 11 Apr 2022 22:26:58 GMT"),
                        own,
                        0,
                        words),
                new Recorded(
                        "azure, none",
                        AZURE_EVENTS,
                        "{ \"DocumentIncarnation\":  4, \"Events\":  [ ] }",
                        own,
                        0,
                        words));
    }

    private static List<Recorded> others() {
        return List.of(
                new Recorded(
                        "alibaba",
                        ALIBABA,
                        "2015-01-05T18:02:00Z",
                        AlibabaSource::parse,
                        1,
                        Map.of(NoticeKind.SPOT, List.of("T"))),
                new Recorded(
                        "tencent",
                        TENCENT,
                        "2018-08-18 12:05:33",
                        TencentSource::parse,
                        1,
                        Map.of(NoticeKind.SPOT, List.of(":"))),
                new Recorded(
                        "simulate",
                        "docs/CLOUDS.md",
                        "spot,120s-dry",
                        SimulateSource::parse,
                        1,
                        Map.of(NoticeKind.SIMULATED, List.of(","))));
    }

    @Override
    public String toString() {
        return name;
    }
}
