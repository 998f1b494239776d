package dev.lastcall.bench;

import dev.lastcall.support.controlplane.ControlPlane;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The agent as a process, native and on a JVM, beside two programs that stand on nodes today: how long from start to ready, what
 * it holds in memory after the start and after scrapes, what it takes of a core while nothing happens.
 *
 * <p>Starts are taken in turn, each round in another order. Then all programs run side by side to the end: each meets the same
 * load of the machine, and ten minutes are ten and not forty.
 */
final class Footprint {

    static final int STARTS = 10;
    static final int SCRAPES = 300;
    static final int MORE_SCRAPES = 3_000;
    /** Longer than the scan interval: a scan, the watches and the warm-up cordon are in the figure. */
    private static final Duration SETTLE = Duration.ofSeconds(12);

    private static final Duration SCRAPE_INTERVAL = Duration.ofSeconds(15);

    /** What the JVM image is started with (native/image/build), as far as it is for memory. */
    private static final List<String> IMAGE_JVM = List.of(
            "-Xms32m",
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED");

    private final Duration steady;
    private final FullNode node;
    private final List<Program> programs = new ArrayList<>();
    private final Map<String, String> absent = new LinkedHashMap<>();

    private Footprint(FullNode node, Duration steady) {
        this.node = node;
        this.steady = steady;
    }

    /** @param steady how long CPU time is counted */
    static FootprintTable measure(Duration steady) throws Exception {
        Peers peers = Peers.bring();
        try (ControlPlane plane = ControlPlane.start();
                FullNode node = new FullNode(plane)) {
            Footprint bench = new Footprint(node, steady);
            bench.agent();
            bench.peers(peers);
            return bench.run();
        }
    }

    private FootprintTable run() throws Exception {
        leaveOutWhatDoesNotStart();
        List<FootprintTable.Row> rows =
                programs.stream().map(FootprintTable.Row::new).toList();
        starts(rows);
        List<ProgramRun> runs = new ArrayList<>();
        try {
            for (Program program : programs) {
                runs.add(new ProgramRun(program, node.folder()));
            }
            LockSupport.parkNanos(SETTLE.toNanos());
            read(runs, rows);
            say(MORE_SCRAPES + " scrapes of each, in turn");
            scrape(runs, SCRAPES);
            read(runs, rows);
            scrape(runs, MORE_SCRAPES - SCRAPES);
            read(runs, rows);
            LockSupport.parkNanos(SETTLE.toNanos());
            String load = steadyState(runs, rows);
            for (int i = 0; i < runs.size(); i++) {
                rows.get(i).samples = runs.get(i).samples();
            }
            return new FootprintTable(rows, absent, steady, load);
        } finally {
            runs.forEach(ProgramRun::close);
        }
    }

    private void agent() throws IOException {
        Path executable = Path.of("target/lastcall-agent").toAbsolutePath();
        if (Files.isExecutable(executable)) {
            agent(
                    FootprintTable.NATIVE,
                    List.of(executable.toString()),
                    ProgramSize.ofAgent(executable, Path.of("target/image/lastcall-agent.tar.gz")));
        } else {
            absent.put(FootprintTable.NATIVE, "target/lastcall-agent is not there; make native builds it");
        }
        Path folder = Path.of("target/quarkus-app").toAbsolutePath();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(IMAGE_JVM);
        command.addAll(List.of("-jar", folder.resolve("quarkus-run.jar").toString()));
        agent("Lastcall, JVM", command, ProgramSize.ofAgent(folder, Path.of("target/image/lastcall-agent-jvm.tar.gz")));
    }

    private void agent(String name, List<String> command, ProgramSize size) {
        String base = "http://127.0.0.1:" + Program.PORT;
        programs.add(new Program(
                name, List.of(), command, node.agentEnvironment(), base + "/health/ready", base + "/metrics", size));
    }

    private void peers(Peers peers) throws IOException {
        Peers.Peer exporter = peers.peer(Peers.NODE_EXPORTER);
        String own = "127.0.0.1:" + Program.PORT;
        if (exporter.program().isPresent()) {
            Path binary = exporter.program().get();
            programs.add(new Program(
                    "node_exporter " + exporter.words(),
                    List.of(),
                    List.of(binary.toString(), "--web.listen-address=" + own),
                    Map.of(),
                    "http://" + own + "/metrics",
                    "http://" + own + "/metrics",
                    ProgramSize.ofBinary(binary)));
        } else {
            absent.put(Peers.NODE_EXPORTER, exporter.words());
        }
        Peers.Peer handler = peers.peer(Peers.NODE_TERMINATION_HANDLER);
        if (handler.program().isPresent()) {
            Path binary = handler.program().get();
            programs.add(new Program(
                    "aws-node-termination-handler " + handler.words(),
                    node.handlerWrapper(),
                    List.of(binary.toString()),
                    node.handlerEnvironment(),
                    "http://127.0.0.1:" + Program.SECOND_PORT + "/healthz",
                    "http://" + own + "/metrics",
                    ProgramSize.ofBinary(binary)));
        } else {
            absent.put(Peers.NODE_TERMINATION_HANDLER, handler.words());
        }
    }

    /** One start of each that is not counted: it brings the files into the page cache, and shows what can't be run here. */
    private void leaveOutWhatDoesNotStart() throws Exception {
        for (Program program : List.copyOf(programs)) {
            try (ProgramRun run = new ProgramRun(program, node.folder())) {
                LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
                run.scrape();
                run.read();
            } catch (IOException failed) {
                if (program.name().startsWith("Lastcall")) {
                    throw failed;
                }
                programs.remove(program);
                absent.put(program.name(), String.valueOf(failed.getMessage()).replaceAll("\\s*\n\\s*", "; "));
            }
        }
    }

    private void starts(List<FootprintTable.Row> rows) throws Exception {
        List<FootprintTable.Row> order = new ArrayList<>(rows);
        for (int round = 1; round <= STARTS; round++) {
            say("start " + round + " of " + STARTS);
            for (FootprintTable.Row row : order) {
                row.empty.add(ProgramRun.emptyMillis(row.program, node.folder()));
                try (ProgramRun run = new ProgramRun(row.program, node.folder())) {
                    row.starts.add(run.readyMillis());
                }
            }
            Collections.rotate(order, 1);
        }
    }

    /** CPU time of each over the same minutes, with a scrape every 15 s. @return what the machine did meanwhile */
    private String steadyState(List<ProgramRun> runs, List<FootprintTable.Row> rows) throws Exception {
        say("CPU over " + steady.toSeconds() + " s, a scrape each " + SCRAPE_INTERVAL.toSeconds() + " s");
        MachineReading machine = MachineReading.now();
        List<ProcessReading> before = new ArrayList<>();
        for (ProgramRun run : runs) {
            before.add(run.read());
        }
        long began = System.nanoTime();
        for (long next = SCRAPE_INTERVAL.toNanos(); next <= steady.toNanos(); next += SCRAPE_INTERVAL.toNanos()) {
            LockSupport.parkNanos(began + next - System.nanoTime());
            scrape(runs, 1);
        }
        LockSupport.parkNanos(began + steady.toNanos() - System.nanoTime());
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        for (int i = 0; i < runs.size(); i++) {
            ProcessReading after = runs.get(i).read();
            FootprintTable.Row row = rows.get(i);
            row.percent = after.percentSince(before.get(i), took);
            row.readings.add(after);
        }
        return Bench.format(
                "%.0f %% of %d cores busy, load %s at the end",
                MachineReading.now().percentSince(machine), Runtime.getRuntime().availableProcessors(), Bench.load());
    }

    private static void read(List<ProgramRun> runs, List<FootprintTable.Row> rows) throws IOException {
        for (int i = 0; i < runs.size(); i++) {
            rows.get(i).readings.add(runs.get(i).read());
        }
    }

    private static void scrape(List<ProgramRun> runs, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            for (ProgramRun run : runs) {
                run.scrape();
            }
        }
    }

    private static void say(String what) {
        System.err.println("bench: " + what);
    }
}
