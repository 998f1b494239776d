package dev.lastcall.verify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** Readings taken before and after nvidia-smi against nvidia-smi's: a value is right between the two, widened by its tolerance. */
final class Comparison {

    /** How a row ended. */
    enum Verdict {
        SAME,
        DIFFERENT,
        /** nvidia-smi has it, and we publish nothing. */
        MISSING,
        /** nvidia-smi does not tell it: nothing to compare with. */
        NOT_TOLD
    }

    /** One line of the table. */
    record Row(String what, String ours, String theirs, String tolerance, Verdict verdict) {}

    private final List<Series> before;
    private final List<Series> after;
    private final List<Row> rows = new ArrayList<>();

    private Comparison(List<Series> before, List<Series> after) {
        this.before = before;
        this.after = after;
    }

    static List<Row> of(List<Series> before, List<Series> after, SmiReport smi) {
        Comparison comparison = new Comparison(before, after);
        long ours = after.stream()
                .filter(series -> series.name().equals("lastcall_gpu_info"))
                .count();
        comparison.text("GPUs", Long.toString(ours), Integer.toString(smi.gpus().size()));
        smi.gpus().forEach(gpu -> comparison.gpu(gpu, smi.driver()));
        return comparison.rows;
    }

    private void gpu(SmiReport.Gpu gpu, String driver) {
        Map<String, String> labels = Map.of("uuid", gpu.uuid());
        Function<String, String> info = label -> label("lastcall_gpu_info", labels, label);
        Function<String, String> board = label -> label("lastcall_gpu_board_info", labels, label);
        String prefix = "gpu " + info.apply("gpu") + " ";
        text(prefix + "uuid", info.apply("uuid"), gpu.uuid());
        told(prefix + "model", info.apply("model"), gpu.first(List.of("product_name")));
        told(prefix + "driver", info.apply("driver"), Optional.of(driver));
        told(
                prefix + "pci_bus_id",
                info.apply("pci_bus_id").toLowerCase(Locale.ROOT),
                gpu.first(List.of("pci_id")).map(id -> id.toLowerCase(Locale.ROOT)));
        told(
                prefix + "mig_mode",
                info.apply("mig_mode"),
                gpu.first(List.of("mig_mode/current_mig")).map(mode -> mode.toLowerCase(Locale.ROOT)));
        told(prefix + "serial", board.apply("serial"), gpu.first(List.of("serial")));
        told(prefix + "minor", board.apply("minor"), gpu.first(List.of("minor_number")));
        Check.OF_GPU.forEach(check -> number(prefix, check, labels, gpu.first(check.keys())));
        long devices = after.stream()
                .filter(series -> series.name().equals("lastcall_mig_info")
                        && gpu.uuid().equals(series.labels().get("uuid")))
                .count();
        text(
                prefix + "MIG devices",
                Long.toString(devices),
                Integer.toString(gpu.mig().size()));
        for (Map<String, String> part : gpu.mig()) {
            String gi = part.getOrDefault("gpu_instance_id", "");
            Map<String, String> ofPart = new LinkedHashMap<>(labels);
            ofPart.put("gi", gi);
            Check.OF_MIG.forEach(check -> number(
                    prefix + "gi " + gi + " ",
                    check,
                    ofPart,
                    check.keys().stream()
                            .flatMap(key -> Optional.ofNullable(part.get(key)).stream())
                            .findFirst()));
        }
    }

    private String label(String family, Map<String, String> labels, String label) {
        return Series.find(after, family, labels)
                .map(series -> series.labels().getOrDefault(label, ""))
                .orElse("");
    }

    private void told(String what, String ours, Optional<String> theirs) {
        theirs.ifPresentOrElse(
                text -> text(what, ours, text), () -> rows.add(new Row(what, ours, "", "", Verdict.NOT_TOLD)));
    }

    private void text(String what, String ours, String theirs) {
        Verdict verdict = ours.equals(theirs) ? Verdict.SAME : ours.isEmpty() ? Verdict.MISSING : Verdict.DIFFERENT;
        rows.add(new Row(what, ours, theirs, "equal", verdict));
    }

    private void number(String prefix, Check check, Map<String, String> gpu, Optional<String> told) {
        Map<String, String> labels = new LinkedHashMap<>(gpu);
        labels.putAll(check.labels());
        Optional<Series> first = Series.find(before, "lastcall_" + check.family(), labels);
        Optional<Series> last = Series.find(after, "lastcall_" + check.family(), labels);
        OptionalDouble theirs = told.map(check::theirs).orElseGet(OptionalDouble::empty);
        String what = prefix + check.title();
        if (theirs.isEmpty() && last.isEmpty()) {
            return; // neither has it
        }
        if (theirs.isEmpty()) {
            rows.add(new Row(what, show(last.map(Series::value)), "", "", Verdict.NOT_TOLD));
            return;
        }
        double value = theirs.getAsDouble();
        double tolerance = check.tolerance(value);
        Verdict verdict = Verdict.MISSING;
        if (last.isPresent()) {
            double a = first.orElse(last.get()).value();
            double b = last.get().value();
            boolean inside = value >= Math.min(a, b) - tolerance && value <= Math.max(a, b) + tolerance;
            verdict = inside ? Verdict.SAME : Verdict.DIFFERENT;
        }
        rows.add(new Row(
                what,
                show(last.map(Series::value)),
                show(Optional.of(value)),
                "±" + show(Optional.of(tolerance)),
                verdict));
    }

    private static String show(Optional<Double> value) {
        return value.map(number -> number == Math.rint(number)
                        ? String.format(Locale.ROOT, "%.0f", number)
                        : String.format(Locale.ROOT, "%.2f", number))
                .orElse("absent");
    }
}
