package dev.lastcall.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PeersTest {

    @Test
    void a_peer_that_is_there_has_a_path_and_a_version() {
        Peers.Peer peer = Peers.parse("exporter /opt/exporter 1.5.0\n").peer("exporter");
        assertThat(peer.program()).contains(Path.of("/opt/exporter"));
        assertThat(peer.words()).isEqualTo("1.5.0");
    }

    @Test
    void a_peer_that_cannot_be_had_has_its_whole_reason() {
        Peers.Peer peer = Peers.parse("exporter - go is missing; the package golang brings it\n")
                .peer("exporter");
        assertThat(peer.program()).isEmpty();
        assertThat(peer.words()).isEqualTo("go is missing; the package golang brings it");
    }

    @Test
    void a_peer_that_was_not_spoken_of_is_not_there() {
        assertThat(Peers.parse("").peer("exporter").program()).isEmpty();
    }

    @Test
    void a_line_without_a_version_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Peers.parse("exporter /opt/exporter \n"));
    }
}
