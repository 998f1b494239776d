package dev.lastcall.bench;

import dev.lastcall.fragmentation.Fragmentation;
import dev.lastcall.fragmentation.FragmentationReport;
import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Layout;
import dev.lastcall.fragmentation.Placement;
import dev.lastcall.fragmentation.ProfileWeights;
import dev.lastcall.fragmentation.Usage;
import dev.lastcall.support.mig.MigGeometries;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** One GPU, all of its profiles, with the allocation known: what one scan computes for each GPU. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FragmentationBench {

    /** Empty; one compute slice that cannot be covered, so the search for stranded slices ends late; a mixture; full. */
    @Param({
        "",
        "1g.10gb@6",
        "3g.40gb@4",
        "1g.10gb@2 2g.20gb@4 1g.10gb@6",
        "1g.10gb@0 1g.10gb@1 1g.10gb@2 1g.10gb@3 1g.10gb@4 1g.10gb@5 1g.10gb@6"
    })
    public String instances = "";

    private Layout layout = new Layout(MigGeometries.of("h100-80"), List.of());
    private Usage usage = new Usage.Unknown();

    @Setup
    public void place() {
        Geometry geometry = MigGeometries.of("h100-80");
        List<Placement> placements = Stream.of(instances.split(" "))
                .filter(text -> !text.isEmpty())
                .map(text -> text.split("@"))
                .map(parts -> new Placement(parts[0], Integer.parseInt(parts[1])))
                .toList();
        layout = new Layout(geometry, placements);
        usage = new Usage.Known(new HashSet<>(placements), false);
    }

    @Benchmark
    public FragmentationReport report() {
        return Fragmentation.of(layout, new ProfileWeights.Uniform(), usage);
    }

    /** Takes JMH's own options: {@code -h} lists them. */
    public static void main(String[] args) throws RunnerException, CommandLineOptionException {
        new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .include(FragmentationBench.class.getSimpleName())
                        .build())
                .run();
    }
}
