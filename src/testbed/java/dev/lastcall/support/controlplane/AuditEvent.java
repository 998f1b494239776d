package dev.lastcall.support.controlplane;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * One line of the API server's audit log (audit.k8s.io/v1 Event, level Metadata). Strings that do not apply are empty.
 *
 * @param stage ResponseStarted (long-running requests only), ResponseComplete or Panic
 * @param verb get, list, watch, create, update, patch, delete, deletecollection
 * @param user who was authenticated, service accounts as {@code system:serviceaccount:NAMESPACE:NAME}
 * @param code HTTP status, 0 where none was sent
 * @param received when the API server got the request
 * @param stageAt when this stage was reached
 */
public record AuditEvent(
        String auditId,
        String stage,
        String verb,
        String resource,
        String subresource,
        String namespace,
        String name,
        String user,
        String userAgent,
        int code,
        String requestUri,
        Instant received,
        Instant stageAt) {

    static AuditEvent parse(JsonNode line) {
        JsonNode object = line.path("objectRef");
        return new AuditEvent(
                line.path("auditID").asText(""),
                line.path("stage").asText(""),
                line.path("verb").asText(""),
                object.path("resource").asText(""),
                object.path("subresource").asText(""),
                object.path("namespace").asText(""),
                object.path("name").asText(""),
                line.path("user").path("username").asText(""),
                line.path("userAgent").asText(""),
                line.path("responseStatus").path("code").asInt(0),
                line.path("requestURI").asText(""),
                Instant.parse(line.path("requestReceivedTimestamp").asText()),
                Instant.parse(line.path("stageTimestamp").asText()));
    }
}
