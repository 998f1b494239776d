package dev.lastcall.drain.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.run.Interruptions.Marks;
import dev.lastcall.drain.run.Interruptions.Order;
import dev.lastcall.drain.run.Interruptions.Run;
import dev.lastcall.drain.run.Interruptions.Situation;
import dev.lastcall.drain.run.Interruptions.Wanted;
import dev.lastcall.notice.Interruption;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every change in every state: which order follows, and what has to be true once it was carried out. A cell of the table is
 * {@code order/marks/doomed}.
 *
 * <p>Over 300 lines: the table is the test.
 */
class InterruptionsTest {
    private static final Instant T0 = Instant.parse("2026-11-25T12:00:00Z");
    private static final String BOOT = "boot-1";

    private enum Change {
        NOTICED,
        TIGHTENED,
        TAKEN_OVER,
        HINT,
        CANCELLED,
        ENDED,
        REBOOT,
        SIGTERM,
        RESTART
    }

    private enum State {
        NONE,
        CORDONING,
        WITHDRAWN,
        HOLDING,
        BLOCKED,
        TERMINATING,
        DONE,
        CANCELLED,
        DRY_RUN
    }

    /** holding, blocked and terminating are told apart by pods, not by what an interruption means. */
    private static final String TABLE = """
            change     | none                  | cordoning             | withdrawn            | holding              | blocked              | terminating          | done                 | cancelled            | dry_run
            noticed    | begin/alone/new       | take-over/alone/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | begin/alone/new      | begin/alone/new      | take-over/alone/new
            tightened  | begin/alone/new       | take-over/alone/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | nothing/kept/new     | begin/alone/new      | take-over/alone/new
            taken_over | begin/alone/new       | take-over/alone/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | take-over/kept/new   | nothing/kept/new     | begin/alone/new      | take-over/alone/new
            hint       | tell/given-back/hint  | tell/alone/first      | tell/kept/first      | tell/kept/first      | tell/kept/first      | tell/kept/first      | tell/kept/first      | tell/given-back/hint | tell/alone/hint
            cancelled  | nothing/given-back/-  | take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| nothing/given-back/- | nothing/given-back/- | take-back/given-back/-
            ended      | nothing/given-back/-  | take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| take-back/given-back/-| nothing/given-back/- | nothing/given-back/- | take-back/given-back/-
            reboot     | nothing/given-back/-  | nothing/alone/first   | rebooted/given-back/-| rebooted/given-back/-| rebooted/given-back/-| rebooted/given-back/-| rebooted/given-back/-| nothing/given-back/- | nothing/alone/-
            sigterm    | ends/given-back/-     | goes-on/alone/first   | goes-on/kept/first   | goes-on/kept/first   | goes-on/kept/first   | goes-on/kept/first   | ends/kept/first      | ends/given-back/-    | goes-on/alone/-
            restart    | nothing/given-back/-  | nothing/given-back/-  | resume/kept/first    | resume/kept/first    | resume/kept/first    | resume/kept/first    | nothing/kept/first   | nothing/given-back/- | nothing/given-back/-
            """;

    private static Notice spot(String id) {
        return Notice.of(id, NoticeKind.SPOT, "aws-spot", T0.plusSeconds(120), T0, 0);
    }

    private static Notice dryGameDay() {
        return new Notice(
                new Interruption("first", NoticeKind.SIMULATED, NoticeKind.SPOT, "simulate", T0.plusSeconds(120), true),
                T0,
                0);
    }

    private static Notice rebalance() {
        return Notice.of("hint", NoticeKind.REBALANCE, "aws-rebalance", null, T0.plusSeconds(1), 0);
    }

    private static DrainRecord record(DrainPhase phase) {
        return DrainRecord.of(spot("first"), phase, true, true, "1", BOOT);
    }

    private static DrainPhase phase(State state) {
        return switch (state) {
            case NONE, CORDONING -> DrainPhase.NOTICED;
            case WITHDRAWN -> DrainPhase.WITHDRAWN;
            case HOLDING, BLOCKED, TERMINATING -> DrainPhase.DRAINING;
            case DONE -> DrainPhase.DONE;
            case CANCELLED -> DrainPhase.CANCELLED;
            case DRY_RUN -> DrainPhase.NOTICED;
        };
    }

    private static Situation before(State state) {
        boolean dry = state == State.DRY_RUN;
        boolean underWay = state != State.DONE && state != State.CANCELLED;
        boolean written = state != State.NONE && state != State.CORDONING && !dry;
        Notice notice = dry ? dryGameDay() : spot("first");
        Optional<Run> run = state == State.NONE
                ? Optional.empty()
                : Optional.of(new Run(notice, Set.of("first"), phase(state), written ? BOOT : null, underWay, dry));
        boolean held = state != State.NONE && state != State.CANCELLED;
        return new Situation(
                run,
                written ? Optional.of(record(phase(state))) : Optional.empty(),
                BOOT,
                held ? Optional.of(notice) : Optional.empty(),
                List.of(),
                true,
                false);
    }

    /** The situation once the change is known and before anybody has acted on it. */
    private static Situation known(Change change, Situation was) {
        return switch (change) {
            case NOTICED, TIGHTENED, TAKEN_OVER -> with(was, Optional.of(news(change)), List.of(), was.bootId());
            case HINT -> with(was, was.held(), List.of(rebalance()), was.bootId());
            case CANCELLED, ENDED -> with(was, Optional.empty(), List.of(), was.bootId());
            case REBOOT -> with(was, was.held(), List.of(), "boot-2");
            case SIGTERM -> was;
            case RESTART ->
                new Situation(
                        Optional.empty(),
                        was.record(),
                        BOOT,
                        was.record()
                                .filter(record -> record.phase() != DrainPhase.CANCELLED)
                                .map(DrainRecord::notice),
                        List.of(),
                        true,
                        false);
        };
    }

    private static Notice news(Change change) {
        return spot(change == Change.TIGHTENED ? "first" : "second");
    }

    private static Order order(Change change, Situation now) {
        return switch (change) {
            case NOTICED -> Interruptions.on(new NoticeChange.Began(news(change)), now);
            case TIGHTENED, TAKEN_OVER -> Interruptions.on(new NoticeChange.TookOver(spot("first"), news(change)), now);
            case HINT -> Interruptions.on(new NoticeChange.AtRisk(rebalance()), now);
            case CANCELLED -> Interruptions.on(new NoticeChange.Cancelled(spot("first"), "gone"), now);
            case ENDED -> Interruptions.on(new NoticeChange.Ended(spot("first"), "past"), now);
            case REBOOT -> Interruptions.onNode(now);
            case SIGTERM -> new Order.Nothing();
            case RESTART -> Interruptions.atFirstSight(now, T0);
        };
    }

    /** The situation once the order was carried out. */
    private static Situation done(Order order, Situation now) {
        return switch (order) {
            case Order.Begin begin -> running(now, begin.notice(), DrainPhase.NOTICED);
            case Order.Resume resume ->
                running(now, resume.record().notice(), resume.record().phase());
            case Order.TakeOver take -> {
                Run run = now.run().orElseThrow();
                // A dry run has nothing to take over: the notice gets its own drain after it.
                yield running(now, take.notice(), run.dryRun() ? DrainPhase.NOTICED : run.phase());
            }
            case Order.TakeBack _ -> over(now, now.held());
            case Order.Rebooted _ -> over(now, Optional.empty());
            case Order.TellHint _, Order.TellHintGone _, Order.Nothing _ -> now;
        };
    }

    private static Situation running(Situation now, Notice notice, DrainPhase phase) {
        return new Situation(
                Optional.of(new Run(notice, Set.of(notice.id()), phase, BOOT, true, false)),
                now.record(),
                now.bootId(),
                now.held(),
                now.hints(),
                true,
                false);
    }

    private static Situation over(Situation now, Optional<Notice> held) {
        Optional<Run> ended = now.run()
                .map(run -> new Run(
                        run.notice(),
                        run.ids(),
                        run.phase().over() ? run.phase() : DrainPhase.CANCELLED,
                        run.bootId(),
                        false,
                        run.dryRun()));
        return new Situation(ended, now.record(), now.bootId(), held, now.hints(), true, false);
    }

    private static Situation with(Situation was, Optional<Notice> held, List<Notice> hints, @Nullable String bootId) {
        return new Situation(was.run(), was.record(), bootId, held, hints, true, false);
    }

    private static String cell(Change change, State state) {
        Situation now = known(change, before(state));
        Order order = order(change, now);
        Wanted wanted = Interruptions.wanted(done(order, now));
        String doomed = wanted.doomed()
                .map(notice -> switch (notice.id()) {
                    case "hint" -> "hint";
                    case "second" -> "new";
                    default -> change == Change.TIGHTENED ? "new" : "first";
                })
                .orElse("-");
        String first =
                change == Change.SIGTERM ? (Interruptions.outlivesSigterm(now) ? "goes-on" : "ends") : word(order);
        return first + "/" + word(wanted.marks()) + "/" + doomed;
    }

    private static String word(Order order) {
        return switch (order) {
            case Order.Begin _ -> "begin";
            case Order.Resume _ -> "resume";
            case Order.TakeOver _ -> "take-over";
            case Order.TakeBack _ -> "take-back";
            case Order.Rebooted _ -> "rebooted";
            case Order.TellHint _ -> "tell";
            case Order.TellHintGone _ -> "tell-gone";
            case Order.Nothing _ -> "nothing";
        };
    }

    private static String word(Marks marks) {
        return switch (marks) {
            case LEFT_ALONE -> "alone";
            case KEPT -> "kept";
            case RESPECTED -> "respected";
            case GIVEN_BACK -> "given-back";
        };
    }

    @Test
    void every_change_in_every_state_has_its_order_and_its_truth() {
        List<List<String>> rows = TABLE.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
                .toList();
        List<String> states = rows.getFirst().subList(1, rows.getFirst().size());
        assertThat(states)
                .isEqualTo(Stream.of(State.values())
                        .map(state -> state.name().toLowerCase(Locale.ROOT))
                        .toList());
        assertThat(rows.stream().skip(1).map(List::getFirst).toList())
                .isEqualTo(Stream.of(Change.values())
                        .map(change -> change.name().toLowerCase(Locale.ROOT))
                        .toList());
        String found = Stream.of(Change.values())
                .flatMap(change ->
                        Stream.of(State.values()).map(state -> change + " in " + state + ": " + cell(change, state)))
                .collect(Collectors.joining("\n"));
        String wanted = Stream.of(Change.values())
                .flatMap(change -> Stream.of(State.values())
                        .map(state -> change + " in " + state + ": "
                                + rows.get(change.ordinal() + 1).get(state.ordinal() + 1)))
                .collect(Collectors.joining("\n"));
        assertThat(found).isEqualTo(wanted);
    }

    @Test
    void a_hint_that_goes_is_told_and_ends_no_drain() {
        for (State state : State.values()) {
            Order order = Interruptions.on(new NoticeChange.Cancelled(rebalance(), "gone"), before(state));
            assertThat(order).as("%s", state).isInstanceOf(Order.TellHintGone.class);
        }
    }

    @Test
    void in_a_dry_run_no_mark_is_ever_asked_for_or_taken_away() {
        for (Change change : Change.values()) {
            for (State state : State.values()) {
                Situation now = known(change, before(state));
                Situation dry =
                        new Situation(now.run(), now.record(), now.bootId(), now.held(), now.hints(), true, true);
                assertThat(Interruptions.wanted(dry).marks())
                        .as("%s in %s", change, state)
                        .isEqualTo(Marks.LEFT_ALONE);
                assertThat(Interruptions.wanted(dry).gates())
                        .as("%s in %s", change, state)
                        .isFalse();
            }
        }
    }

    @Test
    void nothing_is_given_back_before_every_source_has_had_its_first_word() {
        Situation started = known(Change.RESTART, before(State.CANCELLED));
        Situation unheard =
                new Situation(started.run(), started.record(), BOOT, started.held(), List.of(), false, false);
        assertThat(Interruptions.wanted(unheard).marks()).isEqualTo(Marks.LEFT_ALONE);
        assertThat(Interruptions.wanted(started).marks()).isEqualTo(Marks.GIVEN_BACK);
    }

    @Test
    void a_drain_whose_deadline_is_long_past_is_not_taken_up_again() {
        Situation now = known(Change.RESTART, before(State.HOLDING));
        Instant deadline = T0.plusSeconds(120);
        assertThat(Interruptions.atFirstSight(now, deadline.plus(Duration.ofMinutes(10))))
                .isInstanceOf(Order.Resume.class);
        assertThat(Interruptions.atFirstSight(
                        now, deadline.plus(Duration.ofMinutes(10)).plusMillis(1)))
                .isInstanceOf(Order.Nothing.class);
    }

    @Test
    void an_unfinished_drain_of_an_earlier_boot_is_not_taken_up_and_everything_is_given_back() {
        Situation was = before(State.HOLDING);
        // The ledger has seen the other boot: nothing holds a drain any more.
        Situation now =
                new Situation(Optional.empty(), was.record(), "boot-2", Optional.empty(), List.of(), true, false);
        assertThat(Interruptions.atFirstSight(now, T0)).isInstanceOf(Order.Nothing.class);
        assertThat(Interruptions.wanted(now).marks()).isEqualTo(Marks.GIVEN_BACK);
    }

    @Test
    void a_live_game_day_gives_back_when_its_drain_is_done_although_its_annotation_still_stands() {
        Notice gameDay = new Notice(
                new Interruption(
                        "first", NoticeKind.SIMULATED, NoticeKind.SPOT, "simulate", T0.plusSeconds(120), false),
                T0,
                0);
        Run done = new Run(gameDay, Set.of("first"), DrainPhase.DONE, BOOT, false, false);
        Situation now = new Situation(
                Optional.of(done),
                Optional.of(record(DrainPhase.DONE)),
                BOOT,
                Optional.of(gameDay),
                List.of(),
                true,
                false);
        assertThat(Interruptions.wanted(now).marks()).isEqualTo(Marks.GIVEN_BACK);
        assertThat(Interruptions.wanted(now).doomed()).isEmpty();
    }

    @Test
    void in_maintenance_a_person_who_removes_a_mark_is_respected() {
        Notice maintenance = Notice.of("first", NoticeKind.MAINTENANCE, "aws-events", T0.plusSeconds(120), T0, 0);
        for (boolean underWay : List.of(true, false)) {
            Run run = new Run(
                    maintenance,
                    Set.of("first"),
                    underWay ? DrainPhase.DRAINING : DrainPhase.DONE,
                    BOOT,
                    underWay,
                    false);
            Situation now = new Situation(
                    Optional.of(run), Optional.empty(), BOOT, Optional.of(maintenance), List.of(), true, false);
            assertThat(Interruptions.wanted(now).marks()).isNotEqualTo(Marks.KEPT);
        }
    }

    @Test
    void one_gpu_that_wants_a_reset_puts_the_node_at_risk_and_dooms_nothing() {
        Notice gpu = Notice.of("hint", NoticeKind.GPU, "gpu", null, T0, 0);
        Wanted wanted = Interruptions.wanted(with(before(State.NONE), Optional.empty(), List.of(gpu), BOOT));
        assertThat(wanted.atRisk()).contains(T0);
        assertThat(wanted.doomed()).isEmpty();
    }
}
