package dev.lastcall.notice.nodemark;

import dev.lastcall.notice.Due;
import dev.lastcall.notice.Fingerprint;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.NoticeSource;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import java.time.Duration;
import java.util.List;

/** Notices of every other cloud and tool: marks on the own Node. A mark without a window names no deadline. */
public record NodeMarkSource(List<NodeMark> marks) implements NoticeSource.Watched {

    public NodeMarkSource {
        marks = List.copyOf(marks);
    }

    @Override
    public SourceId id() {
        return SourceId.NODE_MARKS;
    }

    @Override
    public Observation observe(NodeSigns signs, long answeredNanos) {
        List<Sighting> set = marks.stream()
                .filter(mark -> mark.isOn(signs))
                .map(NodeMarkSource::sighting)
                .toList();
        return set.isEmpty() ? new Observation.Nothing() : new Observation.Seen(set, Duration.ZERO, answeredNanos);
    }

    private static Sighting sighting(NodeMark mark) {
        Duration window = mark.window();
        return Sighting.of(
                Fingerprint.of(SourceId.NODE_MARKS, mark.type().name(), mark.key(), mark.value()),
                NoticeKind.NODE_MARK,
                SourceId.NODE_MARKS,
                window == null ? new Due.Unknown() : new Due.Within(window));
    }
}
