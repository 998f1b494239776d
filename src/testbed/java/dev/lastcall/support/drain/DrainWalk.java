package dev.lastcall.support.drain;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.ForcePolicy;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A whole drain against ports in memory, in stepped time: what happens when is planned first, then it is walked. */
public final class DrainWalk {
    public final SteppedTime time = new SteppedTime();
    public final FakeNode node = new FakeNode(Samples.node());
    public final FakePods pods = new FakePods();
    public final FakeServing serving = new FakeServing();
    /** What was told, in order. */
    public final List<DrainEvent> events = new CopyOnWriteArrayList<>();

    private DrainSettings settings =
            Samples.settings(Duration.ofSeconds(1), ForcePolicy.SPOT, true, true, false, false);
    private @Nullable DrainRun run;

    public DrainWalk settings(DrainSettings other) {
        settings = other;
        return this;
    }

    public static SamplePod engine(String name) {
        return SamplePod.named(name).label("lastcall.dev/engine", "vllm");
    }

    /** First seen at the moment that the walk has come to. */
    public Notice notice(NoticeKind kind, @Nullable Duration window) {
        return Samples.notice(kind, time.now(), window);
    }

    public DrainPorts ports() {
        return new DrainPorts(node, pods, serving, Samples.marks(settings), time, events::add);
    }

    public DrainRun begin(NoticeKind kind, @Nullable Duration window) {
        return begin(notice(kind, window));
    }

    public DrainRun begin(Notice notice) {
        DrainRun begun = DrainRun.begin(notice, ports());
        run = begun;
        return begun;
    }

    public DrainRun resume(DrainRecord record) {
        DrainRun begun = DrainRun.resume(record, ports());
        run = begun;
        return begun;
    }

    public DrainRun run() {
        if (run == null) {
            throw new IllegalStateException("begin a drain first");
        }
        return run;
    }

    /** Something changes at that moment, and the drain hears of it as from a watch. */
    public DrainWalk at(Duration after, SteppedTime.Action action) {
        time.at(after, () -> {
            action.run();
            run().changed();
        });
        return this;
    }

    public DrainWalk atSecond(double after, SteppedTime.Action action) {
        return at(Duration.ofMillis((long) (after * 1000)), action);
    }

    /** Until nobody has anything left to do. */
    public DrainReport walk() {
        time.walk(() -> run().run());
        return run().report().orElseThrow();
    }

    public List<String> told() {
        return events.stream().map(event -> event.getClass().getSimpleName()).toList();
    }

    public <T extends DrainEvent> List<T> told(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
