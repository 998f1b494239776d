package dev.lastcall.doctor;

import dev.lastcall.allocation.PodResourcesAnswer;
import dev.lastcall.gpu.Gpu;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.MigState;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.gpu.Staleness;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rows about the GPUs: the library, what may be seen with this privilege, and kubelet's list of who holds them. */
final class GpuRows {

    private static final String ACCESS =
            "set gpu.access of the chart: runtimeClass (GPU operator with CDI), volumeMounts (Bottlerocket, EKS Auto Mode,"
                    + " a hardened toolkit), gke (GKE); outside a pod, lastcall.gpu.library to the path of"
                    + " libnvidia-ml.so.1";

    private GpuRows() {}

    /** Whether there should be GPUs. */
    enum Expected {
        /** The Node or {@code lastcall.gpu.required} says so. */
        YES,
        /** The Node says that it has none. */
        NO,
        /** Nobody can say: no Node was read. */
        UNTOLD
    }

    static List<Row> nvml(GpuSnapshot seen, Expected expected) {
        List<Row> rows = new ArrayList<>();
        rows.add(library(seen, expected));
        if (seen.reader().ready() && !seen.gpus().isEmpty()) {
            tier(seen).ifPresent(rows::add);
        }
        return List.copyOf(rows);
    }

    private static Row library(GpuSnapshot seen, Expected expected) {
        return switch (seen.reader()) {
            case ReaderState.Ready ready -> gpus(seen, ready, expected);
            case ReaderState.LibraryMissing missing ->
                switch (expected) {
                    case YES -> Row.problem("nvml", missing.text() + ", and this node has GPUs", ACCESS);
                    case NO -> Row.ok("nvml", missing.text() + ", and the Node has no GPUs");
                    case UNTOLD -> Row.unknown("nvml", missing.text() + "; a node without GPUs has none", ACCESS);
                };
            case ReaderState.DriverNotLoaded none
            when expected == Expected.NO -> Row.ok("nvml", none.text() + ", and the Node has no GPUs");
            case ReaderState.DriverNotLoaded none ->
                Row.problem(
                        "nvml",
                        none.text(),
                        "load it on the node (nvidia-smi there has to work), and let this container see /dev/nvidiactl: "
                                + ACCESS);
            case ReaderState.DriverMismatch mismatch ->
                Row.problem("nvml", mismatch.text(), "reboot the node, or reload the driver and restart this pod");
            case ReaderState.Failing failing ->
                Row.problem(
                        "nvml",
                        failing.text(),
                        "code 4 is a lack of permission, 9 a driver that is not loaded, 15 a lost GPU: nvidia-smi on"
                                + " the node says more");
            case ReaderState.Hung hung ->
                Row.problem("nvml", hung.text(), "look at the node's kernel log for XID errors");
            case ReaderState.Defect defect -> Row.problem("nvml", defect.text(), "report it with the agent's log");
        };
    }

    private static Row gpus(GpuSnapshot seen, ReaderState.Ready ready, Expected expected) {
        String words = ready.text() + ", " + seen.gpus().size() + " GPUs";
        List<Gpu> stale = seen.gpus().stream().filter(Gpu::stale).toList();
        if (!stale.isEmpty()) {
            return Row.problem(
                    "nvml",
                    words + ", of which " + stale.size() + " can't be read; GPU "
                            + stale.getFirst().index() + ": "
                            + stale.getFirst().staleness().map(Staleness::text).orElse(""),
                    "look at the node's kernel log for XID errors");
        }
        return seen.gpus().isEmpty() && expected == Expected.YES
                ? Row.problem("nvml", words + ", and this node has some", ACCESS)
                : Row.ok("nvml", words);
    }

    /** Only where MIG is on is there something that a privilege opens. */
    private static Optional<Row> tier(GpuSnapshot seen) {
        List<MigState.Enabled> partitioned = seen.gpus().stream()
                .flatMap(gpu -> gpu.fresh().stream())
                .map(Gpu.State::mig)
                .filter(MigState.Enabled.class::isInstance)
                .map(MigState.Enabled.class::cast)
                .toList();
        if (partitioned.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                partitioned.stream().allMatch(MigState.Enabled::placementVisible)
                        ? Row.ok("gpu-tier", "placements of MIG instances are visible: fragmentation is exact")
                        : Row.unknown(
                                "gpu-tier",
                                "placements of MIG instances are not visible at this privilege: fragmentation is not exact",
                                "if you need it: migPositions.enabled=true (uid 0, CAP_SYS_ADMIN)"));
    }

    /**
     * @param mounted whether the socket's directory is there
     * @param gpus whether this node has GPUs, as far as anybody knows
     */
    static Row socket(String path, boolean mounted, PodResourcesAnswer answer, boolean gpus) {
        return switch (answer) {
            case PodResourcesAnswer.Listed listed ->
                Row.ok("kubelet-socket", path + " answers: " + listed.held().size() + " GPU devices are held");
            case PodResourcesAnswer.NoSocket _
            when !gpus -> Row.ok("kubelet-socket", "not read: no GPUs that a pod could hold");
            case PodResourcesAnswer.NoSocket _
            when mounted ->
                Row.problem(
                        "kubelet-socket",
                        path + " does not exist, so nobody says which pod holds which GPU",
                        "kubelet is starting, or keeps it elsewhere: gpuAllocation.path of the chart is its directory on"
                                + " the node, lastcall.pod-resources.socket the file in this container");
            case PodResourcesAnswer.NoSocket _ ->
                Row.unknown(
                        "kubelet-socket",
                        path + " is not mounted: which pod holds which GPU is not read at this tier",
                        "if you need it: gpuAllocation.enabled=true (uid 0, no capability)");
            case PodResourcesAnswer.Failed(String code, String text) ->
                Row.problem(
                        "kubelet-socket",
                        path + ": " + code + ", " + text,
                        code.equals("unreadable") || text.contains("Permission denied")
                                ? "the socket belongs to root: gpuAllocation.enabled=true runs the agent as uid 0"
                                : "kubelet does not answer: look at its log on the node");
        };
    }
}
