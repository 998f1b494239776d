package dev.lastcall.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form in which a plugin or a DRA driver names a device. */
class DeviceIdTest {

    private static final String GPU = "GPU-650f49e1-eb8f-4d88-8756-776ef8f06151";
    private static final String MIG = "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f";

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void an_id_of_a_plugin_is_understood(String text, DeviceId meant) {
        assertThat(DeviceId.ofPlugin(text)).isEqualTo(meant);
    }

    static List<Arguments> an_id_of_a_plugin_is_understood() {
        return List.of(
                Arguments.of(GPU, new DeviceId.GpuUuid(GPU)),
                Arguments.of(MIG, new DeviceId.MigUuid(MIG)),
                Arguments.of("MIG-" + GPU + "/11/0", new DeviceId.MigNumbers(GPU, 11, 0)),
                Arguments.of(GPU + "::0", new DeviceId.GpuUuid(GPU)),
                Arguments.of(MIG + "::12", new DeviceId.MigUuid(MIG)),
                Arguments.of("MIG-" + GPU + "/1/2::3", new DeviceId.MigNumbers(GPU, 1, 2)),
                Arguments.of("nvidia0", new DeviceId.GpuMinor(0)),
                Arguments.of("nvidia10", new DeviceId.GpuMinor(10)),
                Arguments.of("nvidia0/vgpu3", new DeviceId.GpuMinor(0)),
                Arguments.of("nvidia0/gi7", new DeviceId.InstanceOfMinor(0, 7)),
                Arguments.of("nvidia2/gi13/vgpu1", new DeviceId.InstanceOfMinor(2, 13)));
    }

    @Test
    void a_name_in_a_dra_claim_is_understood() {
        assertThat(DeviceId.ofClaim("gpu-3")).isEqualTo(new DeviceId.GpuMinor(3));
        assertThat(DeviceId.ofClaim("gpu-0-mig-1g5gb-19-4")).isEqualTo(new DeviceId.PlaceOnMinor(0, 19, 4));
        assertThat(DeviceId.ofClaim("gpu-1-mig-1g10gb-me-20-0"))
                .as("a profile with media extensions has a dash of its own")
                .isEqualTo(new DeviceId.PlaceOnMinor(1, 20, 0));
    }

    /** A form that is not known must be counted: nothing may be taken for a device it is not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "GPU-",
                "gpu-0",
                "nvidia",
                "nvidia0/gi",
                "nvidia0/gi1/",
                "nvidia99999999999",
                "MIG-GPU-1/99999999999/0",
                "0000:3b:00.0",
                "MIG-a/1",
            })
    void anything_else_is_unrecognised_and_kept_as_it_is(String text) {
        assertThat(DeviceId.ofPlugin(text)).isEqualTo(new DeviceId.Unrecognised(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "gpu-", "gpu-0-vfio", "gpu-vfio-0", "gpu-0-mig-19-4", "channel-0", "GPU-1", "gpu-99999999999"
            })
    void a_claim_on_anything_else_is_unrecognised(String name) {
        assertThat(DeviceId.ofClaim(name)).isEqualTo(new DeviceId.Unrecognised(name));
    }
}
