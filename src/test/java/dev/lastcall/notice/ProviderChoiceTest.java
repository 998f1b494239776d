package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderChoiceTest {

    @ParameterizedTest
    @CsvSource({
        "aws:///eu-west-1a/i-0123456789abcdef0, AWS",
        "gce://my-project/europe-west4-a/gke-pool-1, GCP",
        "azure:///subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/v/virtualMachines/3, AZURE",
        "alicloud://cn-hangzhou.i-bp1abc, ALIBABA",
        "cn-hangzhou.i-bp1abc, ALIBABA",
        "qcloud:///800001/ins-abc, TENCENT",
        "kind://docker/kind/kind-worker, NONE",
        "ibm://account///cluster/worker, NONE",
        "'', NONE",
    })
    void the_provider_id_names_the_cloud(String providerId, Cloud cloud) {
        assertThat(Cloud.ofProviderId(providerId)).isEqualTo(cloud);
    }

    @Test
    void no_node_no_cloud() {
        assertThat(ProviderChoice.clouds(List.of("auto"), null)).isEmpty();
    }

    @Test
    void none_selects_nothing_even_on_a_known_cloud() {
        assertThat(ProviderChoice.clouds(List.of("none"), "aws:///a/i-1")).isEmpty();
    }

    @Test
    void a_list_selects_what_it_names() {
        assertThat(ProviderChoice.clouds(List.of("azure", "aws"), "gce://p/z/n"))
                .containsExactlyInAnyOrder(Cloud.AWS, Cloud.AZURE);
    }
}
