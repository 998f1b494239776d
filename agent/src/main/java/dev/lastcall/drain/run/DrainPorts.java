package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.ServingSide;
import java.util.function.Consumer;

/**
 * What a drain acts through.
 *
 * @param out those who look on; must return at once
 */
public record DrainPorts(
        NodeGateway node,
        PodGateway pods,
        ServingSide serving,
        NodeMarks marks,
        Waiting waiting,
        Consumer<DrainEvent> out) {

    DrainSettings settings() {
        return marks.settings();
    }
}
