package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.support.Queue;
import org.junit.jupiter.api.Test;

/** A cluster, of one node: keys carry a hash tag, so that a script finds them all where it runs. */
class ClusterIT {

    @Test
    void in_a_cluster_the_queues_name_is_the_hash_tag_of_every_key() {
        try (Scene scene = new Scene("--cluster-enabled", "yes")) {
            scene.redis.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
            soon().until(() -> scene.redis.ask("CLUSTER", "INFO").toString().contains("cluster_state:ok"));
            Queue queue = new Queue(scene.redis, "{inference-jobs}");
            queue.push(Queue.job("a", "p", 5), "no job");
            assertThat(scene.worker("REDIS_CLUSTER", "true").exitCode()).isZero();
            assertThat(queue.results()).isEqualTo(1);
            assertThat(queue.dead()).hasSize(1);
            assertThat(queue.leavesNothingElse()).isTrue();
        }
    }
}
