package dev.lastcall.grafana;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The choices at the top of a dashboard: those that its queries use, each narrowed by the ones before it. */
final class Variables {

    /** Where the manual lies; the chart and people replace it by an address that a browser can open. */
    static final String RUNBOOKS = "docs/RUNBOOKS.md";

    private static final String ON_NODE = "{cluster=~\"$cluster\",node=~\"$node\"}";

    private static final Map<String, String> QUERIES = new LinkedHashMap<>();

    static {
        QUERIES.put("cluster", "label_values(lastcall_drain_pods_pending, cluster)");
        QUERIES.put("node", "label_values(lastcall_drain_pods_pending{cluster=~\"$cluster\"}, node)");
        QUERIES.put("gpu", "label_values(lastcall_gpu_info" + ON_NODE + ", gpu)");
        QUERIES.put("profile", "label_values(lastcall_device_instances" + ON_NODE + ", profile)");
        QUERIES.put(
                "namespace",
                "label_values({__name__=~\"lastcall_allocation_info|lastcall_doomed_pods|"
                        + "lastcall_inference_requests_at_notice_total\",cluster=~\"$cluster\",node=~\"$node\"}, namespace)");
    }

    private Variables() {}

    static void into(ArrayNode list, String panels) {
        list.addObject()
                .put("name", "datasource")
                .put("label", "Data source")
                .put("type", "datasource")
                .put("query", "prometheus")
                .put("hide", 0)
                .put("refresh", 1);
        QUERIES.forEach((name, query) -> {
            if (Pattern.compile("\\$" + name + "\\b").matcher(panels).find()) {
                add(list, name, query);
            }
        });
        ObjectNode runbooks = list.addObject()
                .put("name", "runbooks")
                .put("label", "Runbooks")
                .put("type", "constant")
                .put("query", RUNBOOKS)
                .put("hide", 2);
        runbooks.putObject("current").put("text", RUNBOOKS).put("value", RUNBOOKS);
    }

    private static void add(ArrayNode list, String name, String query) {
        ObjectNode variable = list.addObject()
                .put("name", name)
                .put("label", name.equals("gpu") ? "GPU" : Character.toUpperCase(name.charAt(0)) + name.substring(1))
                .put("type", "query");
        GrafanaJson.datasource(variable);
        variable.putObject("query").put("query", query).put("refId", name);
        variable.put("refresh", 2)
                .put("includeAll", true)
                .put("multi", true)
                .put("allValue", ".*")
                .put("sort", 1)
                .putObject("current")
                .put("selected", true)
                .put("text", "All")
                .put("value", "$__all");
    }
}
