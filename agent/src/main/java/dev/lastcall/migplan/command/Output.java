package dev.lastcall.migplan.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.migplan.Outcome;
import dev.lastcall.migplan.PlanGpu;
import dev.lastcall.migplan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How a plan is printed. */
enum Output {
    TEXT {
        @Override
        String of(Outcome.Plan plan, List<PlanGpu> gpus) {
            StringBuilder text = new StringBuilder();
            for (Step step : plan.steps()) {
                text.append(step.gpu().node())
                        .append(" GPU ")
                        .append(step.gpu().index())
                        .append(" (")
                        .append(step.gpu().uuid())
                        .append("):");
                text.append(list(" destroy ", step.destroy()));
                text.append(step.destroy().isEmpty() ? "" : ",").append(list(" create ", step.create()));
                text.append('\n');
            }
            plan.fromIdle().forEach((profile, number) -> {
                if (number > 0) {
                    text.append(profile).append(": ").append(number).append(" served by idle instances as they are\n");
                }
            });
            return text.append(plan.destroyed())
                    .append(" idle to destroy, ")
                    .append(plan.created())
                    .append(" to create\n")
                    .toString();
        }
    },
    JSON {
        @Override
        String of(Outcome.Plan plan, List<PlanGpu> gpus) {
            ObjectNode json = new ObjectMapper().createObjectNode();
            json.put("destroyed", plan.destroyed()).put("created", plan.created());
            ObjectNode idle = json.putObject("fromIdle");
            plan.fromIdle().forEach(idle::put);
            ArrayNode steps = json.putArray("steps");
            for (Step step : plan.steps()) {
                ObjectNode one = steps.addObject()
                        .put("node", step.gpu().node())
                        .put("gpu", step.gpu().index())
                        .put("uuid", step.gpu().uuid());
                instances(one.putArray("destroy"), step.destroy());
                instances(one.putArray("create"), step.create());
            }
            return json.toPrettyString() + "\n";
        }
    },
    /** One configuration for each node that changes; mig-parted counts instances and chooses their places itself. */
    MIG_PARTED {
        @Override
        String of(Outcome.Plan plan, List<PlanGpu> gpus) {
            StringBuilder yaml = new StringBuilder("version: v1\nmig-configs:");
            List<String> nodes = plan.steps().stream()
                    .map(step -> step.gpu().node())
                    .distinct()
                    .toList();
            yaml.append(nodes.isEmpty() ? " {}\n" : "\n");
            for (String node : nodes) {
                yaml.append("  lastcall-").append(node).append(":\n");
                for (PlanGpu gpu : gpus) {
                    if (gpu.node().equals(node)) {
                        yaml.append("    - devices: [").append(gpu.index()).append("]\n");
                        yaml.append("      mig-enabled: true\n      mig-devices:");
                        Map<String, Long> counts = counts(gpu, plan);
                        yaml.append(counts.isEmpty() ? " {}\n" : "\n");
                        counts.forEach((profile, number) -> yaml.append("        \"")
                                .append(profile)
                                .append("\": ")
                                .append(number)
                                .append('\n'));
                    }
                }
            }
            return yaml.toString();
        }
    };

    abstract String of(Outcome.Plan plan, List<PlanGpu> gpus);

    private static String list(String verb, List<Placement> instances) {
        return instances.isEmpty()
                ? ""
                : verb
                        + instances.stream()
                                .map(each -> each.profile() + " at slice " + each.start())
                                .collect(Collectors.joining(" and "));
    }

    private static void instances(ArrayNode array, List<Placement> instances) {
        instances.forEach(
                each -> array.addObject().put("profile", each.profile()).put("start", each.start()));
    }

    private static Map<String, Long> counts(PlanGpu gpu, Outcome.Plan plan) {
        List<Placement> all = new ArrayList<>(gpu.held());
        all.addAll(gpu.idle());
        plan.steps().stream().filter(step -> step.gpu().equals(gpu)).forEach(step -> {
            all.removeAll(step.destroy());
            all.addAll(step.create());
        });
        return all.stream().collect(Collectors.groupingBy(Placement::profile, TreeMap::new, Collectors.counting()));
    }
}
