package dev.lastcall.drain.run;

import static dev.lastcall.support.drain.DrainWalk.engine;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Refuser;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.support.drain.DrainWalk;
import dev.lastcall.support.drain.SamplePod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything at once, from many threads: whatever the order, what a drain promises holds. */
class HammerTest {
    private static final Duration LONGEST = ofSeconds(100);
    /** A notice that takes over can name a later deadline, where it is the more certain one. */
    private static final Duration LATEST_TAKE_OVER = ofSeconds(70);

    private static SamplePod pod(SplittableRandom random, int number) {
        SamplePod pod = random.nextInt(3) == 0 ? engine("pod-" + number) : SamplePod.named("pod-" + number);
        return switch (random.nextInt(8)) {
            case 0 -> pod.ownedBy("DaemonSet");
            case 1 -> pod.in("kube-system");
            case 2 -> pod.loading();
            case 3 -> pod.toleratesEverything();
            default -> pod.grace(ofSeconds(1 + random.nextInt(40)));
        };
    }

    private static void hammer(DrainWalk walk, SplittableRandom random, boolean mayCancel) {
        for (int i = 0; i < 30; i++) {
            walk.pods.add(pod(random, i).view());
            if (random.nextInt(5) == 0) {
                walk.pods.refuse("pod-" + i, new EvictionAnswer.Refused(new Refuser.Budget("b"), "no", null));
            }
            if (random.nextInt(5) == 0) {
                long slow = random.nextInt(4_000);
                walk.pods.slow(
                        "pod-" + i,
                        () -> walk.time.await(() -> false, walk.time.now().plusMillis(slow)));
            }
        }
        if (random.nextBoolean()) {
            walk.pods.linger(walk.time::now);
        }
        DrainRun run = walk.begin(NoticeKind.SPOT, LONGEST);
        for (int i = 0; i < 120; i++) {
            Duration when = ofMillis(random.nextInt((int) LONGEST.toMillis()));
            int which = random.nextInt(30);
            String name = "pod-" + which;
            int seconds = 5 + random.nextInt(60);
            int late = 30 + i;
            SplittableRandom own = random.split();
            walk.at(
                    when,
                    switch (random.nextInt(mayCancel ? 9 : 8)) {
                        case 0 -> () -> run.takeOver(walk.notice(NoticeKind.TERMINATE, ofSeconds(seconds)));
                        case 1 -> () -> walk.node.answer(new PatchAnswer.Failed(500, "etcd"));
                        case 2 -> () -> walk.node.answer(new PatchAnswer.Conflict());
                        case 3 -> () -> walk.node.loseAnswer();
                        case 4 -> () -> idle(walk, name);
                        case 5 -> () -> walk.pods.add(pod(own, late).view());
                        case 6 ->
                            () -> walk.pods.latest().stream()
                                    .filter(pod -> pod.ref().name().equals(name))
                                    .forEach(walk.pods::remove);
                        case 7 ->
                            () -> {
                                walk.pods.hide(name, true);
                                walk.time.await(() -> false, walk.time.now().plusSeconds(2));
                                walk.pods.hide(name, false);
                            };
                        default -> () -> run.cancel("taken back");
                    });
        }
    }

    private static void idle(DrainWalk walk, String name) {
        if (walk.serving.watches(name)) {
            walk.serving.idle(name);
        }
    }

    private static void holds(DrainWalk walk, DrainReport report) {
        // Time: it ends, at the latest a little after its deadline, and with it all its threads.
        assertThat(walk.time.now())
                .isBeforeOrEqualTo(walk.run().notice().noticedAt().plus(LONGEST).plus(LATEST_TAKE_OVER));
        assertThat(walk.told(DrainEvent.Completed.class)).hasSize(1);
        assertThat(walk.told(DrainEvent.Noticed.class)).hasSize(1);
        assertThat(walk.told(DrainEvent.Defect.class)).isEmpty();
        // Pods: each ends once, none is deleted that was not asked first, none without grace.
        Set<String> ended = new HashSet<>();
        for (DrainEvent.PodEnded end : walk.told(DrainEvent.PodEnded.class)) {
            assertThat(ended.add(end.pod().uid()))
                    .as("%s ended twice", end.pod())
                    .isTrue();
        }
        assertThat(walk.pods.requests())
                .allMatch(request -> !request.grace().minusSeconds(1).isNegative());
        for (DrainEvent.Evicted told : walk.told(DrainEvent.Evicted.class)) {
            assertThat(!told.forced()
                            || walk.pods.asked().contains("evict " + told.pod().name()))
                    .isTrue();
        }
        // Counts: the identity of the report, and each pod once.
        RequestCounts counts = report.requests();
        if (counts != null) {
            assertThat(counts.atNotice() + counts.admittedAfter())
                    .isEqualTo(counts.finished() + counts.lost() + counts.unknown());
        }
        DrainReport.Pods pods = report.pods();
        assertThat(pods.evicted() + pods.forced() + pods.gone() + pods.failed()).isLessThanOrEqualTo(30 + 120);
        // The Node: what the drain says of itself is what stands there. The marks of a cancelled one are GiveBack's to
        // undo.
        if (!report.outcome().equals("cancelled")) {
            assertThat(walk.node.now().unschedulable()).isTrue();
            assertThat(walk.node.now().taints()).anyMatch(taint -> taint.key().equals(NodeMarks.TAINT));
        }
        assertThat(walk.node.now().annotations().get(NodeMarks.DRAIN)).contains("phase=" + report.outcome());
        assertThat(walk.node.now().annotations().get(NodeMarks.REPORT)).contains("outcome=" + report.outcome());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatever_happens_in_whatever_order_the_promises_of_a_drain_hold(boolean mayCancel) {
        SplittableRandom random = new SplittableRandom(mayCancel ? 11 : 7);
        for (int i = 0; i < 25; i++) {
            DrainWalk walk = new DrainWalk();
            hammer(walk, random.split(), mayCancel);
            holds(walk, walk.walk());
        }
    }

    @Test
    void of_many_take_overs_at_once_one_is_the_notice_and_a_pod_is_still_asked_once() {
        DrainWalk walk = new DrainWalk();
        PodView busy = engine("busy").view();
        walk.pods.add(busy);
        DrainRun run = walk.begin(NoticeKind.SPOT, LONGEST);
        for (int i = 0; i < 200; i++) {
            int window = 90 - i / 4;
            walk.at(ofSeconds(2), () -> run.takeOver(walk.notice(NoticeKind.SPOT, ofSeconds(window))));
        }
        walk.walk();
        Instant last = walk.run().notice().deadline();
        assertThat(last).isNotNull();
        assertThat(walk.pods.asked()).containsExactly("evict busy");
    }
}
