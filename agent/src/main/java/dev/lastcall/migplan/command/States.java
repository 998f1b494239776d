package dev.lastcall.migplan.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.fragmentation.Checked;
import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Layout;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.fragmentation.Profile;
import dev.lastcall.migplan.PlanGpu;
import java.util.ArrayList;
import java.util.List;

/**
 * The GPUs with MIG on in the state documents of agents.
 *
 * @param remarks GPUs that the plan has to leave alone, and why; one line each
 * @param hidden one of them has MIG on and its placements are not visible
 */
record States(List<PlanGpu> gpus, List<String> remarks, boolean hidden) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads {@code /api/v1/state} of one agent, or an array of such documents. */
    static JsonNode parse(String name, String text) throws BadInput {
        try {
            JsonNode json = JSON.readTree(text);
            if (json.isObject() && json.has("node") || json.isArray() && !json.isEmpty()) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new BadInput(name + ": no JSON: "
                    + e.getOriginalMessage().lines().findFirst().orElse(""));
        }
        throw new BadInput(name + ": not the state of an agent: give what /api/v1/state answers, or an array of it");
    }

    static States of(List<JsonNode> documents) throws BadInput {
        States states = new States(new ArrayList<>(), new ArrayList<>(), false);
        for (JsonNode document : documents) {
            for (JsonNode state : document.isArray() ? document : List.of(document)) {
                states = states.with(state);
            }
        }
        return states;
    }

    private States with(JsonNode state) throws BadInput {
        boolean anyHidden = hidden;
        String node = state.path("node").asText("?");
        if (state.path("gpus").isMissingNode() || state.path("gpus").isNull()) {
            remarks.add(node + ": its GPUs have not been read");
        }
        for (JsonNode gpu : state.path("gpus")) {
            String name = node + " GPU " + gpu.path("index").asInt();
            if (!gpu.path("mig").asText().equals("enabled")) {
                remarks.add(name + ": left alone, MIG is " + gpu.path("mig").asText("unknown"));
            } else if (gpu.path("slices").isEmpty()) {
                remarks.add(name + ": left alone, " + gpu.path("note").asText("where its instances stand is unknown"));
                anyHidden = true;
            } else {
                gpus.add(gpu(node, name, gpu));
            }
        }
        return new States(gpus, remarks, anyHidden);
    }

    private PlanGpu gpu(String node, String name, JsonNode gpu) throws BadInput {
        List<Profile> profiles = new ArrayList<>();
        for (JsonNode profile : gpu.path("profiles")) {
            List<Integer> starts = new ArrayList<>();
            profile.path("starts").forEach(start -> starts.add(start.asInt()));
            profiles.add(new Profile(
                    profile.path("profile").asText(),
                    profile.path("width").asInt(),
                    profile.path("compute").asInt(),
                    starts,
                    profile.path("most").asInt()));
        }
        if (profiles.isEmpty()) {
            throw new BadInput(name + ": the state names no profiles; the agent there is older than this program");
        }
        List<Placement> held = new ArrayList<>();
        List<Placement> idle = new ArrayList<>();
        for (JsonNode slice : gpu.path("slices")) {
            if (slice.path("profile").isTextual()) {
                Placement instance = new Placement(
                        slice.path("profile").asText(), slice.path("start").asInt());
                boolean free =
                        slice.path("holders").isArray() && slice.path("holders").isEmpty();
                (free ? idle : held).add(instance);
                if (slice.path("holders").isNull()) {
                    remarks.add(name + ": " + instance + " stays, the kubelet did not say who holds it");
                }
            }
        }
        List<Placement> all = new ArrayList<>(held);
        all.addAll(idle);
        return switch (Geometry.of(profiles)) {
            case Checked.Invalid<Geometry>(String reason) -> throw new BadInput(name + ": " + reason);
            case Checked.Valid<Geometry>(Geometry geometry) -> {
                if (Layout.of(geometry, all) instanceof Checked.Invalid<Layout>(String reason)) {
                    throw new BadInput(name + ": " + reason);
                }
                yield new PlanGpu(
                        node, gpu.path("index").asInt(), gpu.path("uuid").asText(), geometry, held, idle);
            }
        };
    }
}
