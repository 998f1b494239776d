package dev.lastcall.grafana;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** Grafana's dashboard JSON (schema 39) of a source: places, ids, variables, links. */
final class GrafanaJson {
    private static final int COLUMNS = 24;

    private final ArrayNode panels = JsonNodeFactory.instance.arrayNode();
    private int x;
    private int y;
    private int rowHeight;

    private GrafanaJson() {}

    static ObjectNode of(String name, JsonNode source) {
        GrafanaJson json = new GrafanaJson();
        source.path("rows").forEach(json::row);
        ObjectNode dashboard = JsonNodeFactory.instance.objectNode();
        dashboard
                .put("uid", "lastcall-" + name)
                .put("title", "Lastcall / " + source.path("title").asText())
                .put("description", source.path("about").asText())
                .put("schemaVersion", 39)
                .put("version", 1)
                .put("editable", true)
                .put("graphTooltip", 1)
                .put("refresh", "30s")
                .put("timezone", "browser");
        dashboard.putArray("tags").add("lastcall").add("gpu");
        dashboard.putObject("time").put("from", "now-1h").put("to", "now");
        links(dashboard.putArray("links"), name);
        cordons(dashboard.putObject("annotations").putArray("list"));
        Variables.into(dashboard.putObject("templating").putArray("list"), json.panels.toString());
        dashboard.set("panels", json.panels);
        return dashboard;
    }

    private static void links(ArrayNode links, String name) {
        for (String other : Dashboards.NAMES) {
            if (!other.equals(name)) {
                String title = other.substring(0, 1).toUpperCase(Locale.ROOT) + other.substring(1);
                link(links, title, "/d/lastcall-" + other, false);
            }
        }
        link(links, "Runbooks", "${runbooks}", true);
    }

    /** Grafana's schema wants each member, also where the default would do. A dashboard keeps the choices and the time. */
    private static void link(ArrayNode links, String title, String url, boolean away) {
        ObjectNode link = links.addObject()
                .put("type", "link")
                .put("title", title)
                .put("url", url)
                .put("icon", "external link")
                .put("tooltip", "")
                .put("asDropdown", false)
                .put("includeVars", !away)
                .put("keepTime", !away)
                .put("targetBlank", away);
        link.putArray("tags");
    }

    private static void cordons(ArrayNode annotations) {
        ObjectNode cordons = annotations
                .addObject()
                .put("name", "Cordons")
                .put("enable", true)
                .put("iconColor", "orange")
                .put(
                        "expr",
                        "increase(lastcall_notice_to_cordon_seconds_count{cluster=~\"$cluster\",node=~\"$node\"}[1m]) > 0")
                .put("titleFormat", "cordon")
                .put("textFormat", "{{node}}");
        datasource(cordons);
    }

    static void datasource(ObjectNode owner) {
        owner.putObject("datasource").put("type", "prometheus").put("uid", "${datasource}");
    }

    private void row(JsonNode row) {
        newLine();
        ObjectNode head = panels.addObject();
        head.put("id", panels.size())
                .put("type", "row")
                .put("title", row.path("title").asText())
                .put("collapsed", false)
                .putArray("panels");
        place(head, COLUMNS, 1);
        newLine();
        row.path("panels").forEach(each -> panel(Panel.of(each)));
    }

    private void panel(Panel panel) {
        ObjectNode json = panels.addObject();
        json.put("id", panels.size())
                .put("type", Panel.KINDS.get(panel.kind()))
                .put("title", panel.title())
                .put("description", panel.text("about"));
        datasource(json);
        place(json, panel.width(), panel.height());
        if (!panel.text("runbook").isEmpty()) {
            String section = panel.text("runbook").toLowerCase(Locale.ROOT);
            link(json.putArray("links"), "Runbook " + panel.text("runbook"), "${runbooks}#" + section, true);
        }
        ArrayNode targets = json.putArray("targets");
        panel.ask()
                .forEach(
                        (legend, expression) -> target(targets.addObject(), panel, legend, expression, targets.size()));
        fields(json.putObject("fieldConfig"), panel);
        options(json.putObject("options"), panel);
    }

    private static void target(ObjectNode target, Panel panel, String legend, String expression, int number) {
        boolean instant = !panel.kind().equals("graph") && !panel.kind().equals("states");
        target.put("refId", String.valueOf((char) ('A' + number - 1)))
                .put("expr", expression)
                .put("legendFormat", legend)
                .put("range", !instant)
                .put("instant", instant);
        if (panel.kind().equals("table")) {
            target.put("format", "table");
        }
        datasource(target);
    }

    private static void fields(ObjectNode fields, Panel panel) {
        ObjectNode defaults = fields.putObject("defaults").put("unit", panel.text("unit"));
        String empty = panel.text("empty");
        defaults.put("noValue", empty.isEmpty() ? "no data" : "no data: " + empty);
        if (panel.source().has("max")) {
            defaults.put("min", 0).put("max", panel.source().path("max").asInt());
        }
        ArrayNode steps =
                defaults.putObject("thresholds").put("mode", "absolute").putArray("steps");
        steps.addObject().put("color", "green").putNull("value");
        if (panel.source().has("warn")) {
            steps.addObject()
                    .put("color", "orange")
                    .put("value", panel.source().path("warn").asInt());
        }
        fields.putArray("overrides");
    }

    private static void options(ObjectNode options, Panel panel) {
        if (panel.kind().equals("stat") || panel.kind().equals("bars")) {
            ObjectNode reduce =
                    options.putObject("reduceOptions").put("fields", "").put("values", false);
            reduce.putArray("calcs").add("lastNotNull");
        }
        if (panel.kind().equals("graph")) {
            options.putObject("legend").put("displayMode", "list").put("placement", "bottom");
        }
    }

    private void place(ObjectNode panel, int width, int height) {
        if (x + width > COLUMNS) {
            newLine();
        }
        panel.putObject("gridPos").put("h", height).put("w", width).put("x", x).put("y", y);
        x += width;
        rowHeight = Math.max(rowHeight, height);
    }

    private void newLine() {
        y += rowHeight;
        x = 0;
        rowHeight = 0;
    }
}
