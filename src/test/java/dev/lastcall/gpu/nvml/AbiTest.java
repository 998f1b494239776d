package dev.lastcall.gpu.nvml;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.ClockDomain;
import dev.lastcall.gpu.TemperatureThreshold;
import dev.lastcall.support.nvml.NvmlSim;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every number we share with the driver, as a C compiler reads it from NVIDIA's own header. */
class AbiTest {

    private static final String V2 = "nvmlGpuInstanceProfileInfo_v2_t";
    private static final String V3 = "nvmlGpuInstanceProfileInfo_v3_t";
    private static final String V1 = "nvmlGpuInstanceProfileInfo_t";

    /** Constant of Layout: what it is in C. A constant that is not here fails the test. */
    private static final Map<String, String> LAYOUT = Map.ofEntries(
            entry("MEMORY", "sizeof(nvmlMemory_t)"),
            entry("MEMORY_TOTAL", "offsetof(nvmlMemory_t, total)"),
            entry("MEMORY_FREE", "offsetof(nvmlMemory_t, free)"),
            entry("MEMORY_USED", "offsetof(nvmlMemory_t, used)"),
            entry("MEMORY_V2", "sizeof(nvmlMemory_v2_t)"),
            entry("MEMORY_V2_TOTAL", "offsetof(nvmlMemory_v2_t, total)"),
            entry("MEMORY_V2_RESERVED", "offsetof(nvmlMemory_v2_t, reserved)"),
            entry("MEMORY_V2_FREE", "offsetof(nvmlMemory_v2_t, free)"),
            entry("MEMORY_V2_USED", "offsetof(nvmlMemory_v2_t, used)"),
            entry("UTILIZATION", "sizeof(nvmlUtilization_t)"),
            entry("UTILIZATION_GPU", "offsetof(nvmlUtilization_t, gpu)"),
            entry("UTILIZATION_MEMORY", "offsetof(nvmlUtilization_t, memory)"),
            entry("PCI", "sizeof(nvmlPciInfo_t)"),
            entry("PCI_BUS_ID", "offsetof(nvmlPciInfo_t, busId)"),
            entry("TEMPERATURE", "sizeof(nvmlTemperature_v1_t)"),
            entry("TEMPERATURE_SENSOR", "offsetof(nvmlTemperature_v1_t, sensorType)"),
            entry("TEMPERATURE_VALUE", "offsetof(nvmlTemperature_v1_t, temperature)"),
            entry("MARGIN", "sizeof(nvmlMarginTemperature_v1_t)"),
            entry("MARGIN_VALUE", "offsetof(nvmlMarginTemperature_v1_t, marginTemperature)"),
            entry("PROCESS_SAMPLE", "sizeof(nvmlProcessUtilizationSample_t)"),
            entry("PROCESS_SAMPLE_PID", "offsetof(nvmlProcessUtilizationSample_t, pid)"),
            entry("PROCESS_SAMPLE_TIME", "offsetof(nvmlProcessUtilizationSample_t, timeStamp)"),
            entry("PROCESS_SAMPLE_SM", "offsetof(nvmlProcessUtilizationSample_t, smUtil)"),
            entry("FIELD", "sizeof(nvmlFieldValue_t)"),
            entry("FIELD_ID", "offsetof(nvmlFieldValue_t, fieldId)"),
            entry("FIELD_SCOPE", "offsetof(nvmlFieldValue_t, scopeId)"),
            entry("FIELD_TYPE", "offsetof(nvmlFieldValue_t, valueType)"),
            entry("FIELD_RETURN", "offsetof(nvmlFieldValue_t, nvmlReturn)"),
            entry("FIELD_VALUE", "offsetof(nvmlFieldValue_t, value)"),
            entry("PROCESS", "sizeof(nvmlProcessInfo_t)"),
            entry("ATTRIBUTES", "sizeof(nvmlDeviceAttributes_t)"),
            entry("ATTRIBUTES_GI_SLICES", "offsetof(nvmlDeviceAttributes_t, gpuInstanceSliceCount)"),
            entry("ATTRIBUTES_CI_SLICES", "offsetof(nvmlDeviceAttributes_t, computeInstanceSliceCount)"),
            entry("ATTRIBUTES_MEMORY_MIB", "offsetof(nvmlDeviceAttributes_t, memorySizeMB)"),
            entry("PLACEMENT", "sizeof(nvmlGpuInstancePlacement_t)"),
            entry("PLACEMENT_START", "offsetof(nvmlGpuInstancePlacement_t, start)"),
            entry("PLACEMENT_SIZE", "offsetof(nvmlGpuInstancePlacement_t, size)"),
            entry("PROFILE", "sizeof(" + V1 + ")"),
            entry("PROFILE_ID", "offsetof(" + V1 + ", id)"),
            entry("PROFILE_SLICES", "offsetof(" + V1 + ", sliceCount)"),
            entry("PROFILE_INSTANCES", "offsetof(" + V1 + ", instanceCount)"),
            entry("PROFILE_SM", "offsetof(" + V1 + ", multiprocessorCount)"),
            entry("PROFILE_MEMORY_MIB", "offsetof(" + V1 + ", memorySizeMB)"),
            entry("PROFILE_V2", "sizeof(" + V2 + ")"),
            entry("PROFILE_V2_ID", "offsetof(" + V2 + ", id)"),
            entry("PROFILE_V2_SLICES", "offsetof(" + V2 + ", sliceCount)"),
            entry("PROFILE_V2_INSTANCES", "offsetof(" + V2 + ", instanceCount)"),
            entry("PROFILE_V2_SM", "offsetof(" + V2 + ", multiprocessorCount)"),
            entry("PROFILE_V2_MEMORY_MIB", "offsetof(" + V2 + ", memorySizeMB)"),
            entry("PROFILE_V2_NAME", "offsetof(" + V2 + ", name)"),
            entry("PROFILE_V3", "sizeof(" + V3 + ")"),
            entry("PROFILE_V3_ID", "offsetof(" + V3 + ", id)"),
            entry("PROFILE_V3_SLICES", "offsetof(" + V3 + ", sliceCount)"),
            entry("PROFILE_V3_INSTANCES", "offsetof(" + V3 + ", instanceCount)"),
            entry("PROFILE_V3_SM", "offsetof(" + V3 + ", multiprocessorCount)"),
            entry("PROFILE_V3_MEMORY_MIB", "offsetof(" + V3 + ", memorySizeMB)"),
            entry("PROFILE_V3_NAME", "offsetof(" + V3 + ", name)"),
            entry("GPU_INSTANCE", "sizeof(nvmlGpuInstanceInfo_t)"),
            entry("GPU_INSTANCE_ID", "offsetof(nvmlGpuInstanceInfo_t, id)"),
            entry("GPU_INSTANCE_PROFILE", "offsetof(nvmlGpuInstanceInfo_t, profileId)"),
            entry("GPU_INSTANCE_START", "offsetof(nvmlGpuInstanceInfo_t, placement.start)"),
            entry("GPU_INSTANCE_SIZE", "offsetof(nvmlGpuInstanceInfo_t, placement.size)"),
            entry("EVENT", "sizeof(nvmlEventData_t)"),
            entry("EVENT_DEVICE", "offsetof(nvmlEventData_t, device)"),
            entry("EVENT_TYPE", "offsetof(nvmlEventData_t, eventType)"),
            entry("EVENT_DATA", "offsetof(nvmlEventData_t, eventData)"),
            entry("GPM_SUPPORT", "sizeof(nvmlGpmSupport_t)"),
            entry("GPM_SUPPORT_IS", "offsetof(nvmlGpmSupport_t, isSupportedDevice)"),
            entry("GPM_GET_HEAD", "offsetof(nvmlGpmMetricsGet_t, metrics)"),
            entry("GPM_GET_COUNT", "offsetof(nvmlGpmMetricsGet_t, numMetrics)"),
            entry("GPM_GET_SAMPLE1", "offsetof(nvmlGpmMetricsGet_t, sample1)"),
            entry("GPM_GET_SAMPLE2", "offsetof(nvmlGpmMetricsGet_t, sample2)"),
            entry("GPM_METRIC", "sizeof(nvmlGpmMetric_t)"),
            entry("GPM_METRIC_RETURN", "offsetof(nvmlGpmMetric_t, nvmlReturn)"),
            entry("GPM_METRIC_VALUE", "offsetof(nvmlGpmMetric_t, value)"));

    private static final Map<String, String> FIELDS = Map.ofEntries(
            entry("NVLINK_CRC_FLIT_ERRORS", "NVML_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL"),
            entry("NVLINK_CRC_DATA_ERRORS", "NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL"),
            entry("NVLINK_REPLAY_ERRORS", "NVML_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL"),
            entry("NVLINK_RECOVERY_ERRORS", "NVML_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL"),
            entry("MEMORY_TEMPERATURE", "NVML_FI_DEV_MEMORY_TEMP"),
            entry("SHUTDOWN_MARGIN", "NVML_FI_DEV_TEMPERATURE_SHUTDOWN_TLIMIT"),
            entry("SLOWDOWN_MARGIN", "NVML_FI_DEV_TEMPERATURE_SLOWDOWN_TLIMIT"),
            entry("MEMORY_MAX_MARGIN", "NVML_FI_DEV_TEMPERATURE_MEM_MAX_TLIMIT"),
            entry("GPU_MAX_MARGIN", "NVML_FI_DEV_TEMPERATURE_GPU_MAX_TLIMIT"),
            entry("NVLINK_TX_KIB", "NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX"),
            entry("NVLINK_RX_KIB", "NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX"),
            entry("REMAPPED_CORRECTABLE", "NVML_FI_DEV_REMAPPED_COR"),
            entry("REMAPPED_UNCORRECTABLE", "NVML_FI_DEV_REMAPPED_UNC"),
            entry("REMAPPED_PENDING", "NVML_FI_DEV_REMAPPED_PENDING"),
            entry("REMAPPED_FAILURE", "NVML_FI_DEV_REMAPPED_FAILURE"),
            entry("PCIE_TX_BYTES", "NVML_FI_DEV_PCIE_COUNT_TX_BYTES"),
            entry("PCIE_RX_BYTES", "NVML_FI_DEV_PCIE_COUNT_RX_BYTES"),
            entry("RECOVERY_ACTION", "NVML_FI_DEV_GET_GPU_RECOVERY_ACTION"));

    @TempDir
    Path folder;

    @Test
    void every_size_and_offset_is_the_headers() throws Exception {
        assertThat(compiled(LAYOUT)).isEqualTo(constantsOf(Layout.class));
    }

    @Test
    void every_field_id_is_the_headers() throws Exception {
        Map<String, Integer> ours = constantsOf(FieldValues.class);
        ours.keySet().retainAll(FIELDS.keySet());

        assertThat(compiled(FIELDS)).isEqualTo(ours);
    }

    @Test
    void every_return_code_is_the_headers() throws Exception {
        Map<String, Integer> ours = constantsOf(ReturnCode.class);
        Map<String, String> names = new HashMap<>();
        ours.keySet().forEach(name -> names.put(name, name.equals("SUCCESS") ? "NVML_SUCCESS" : "NVML_ERROR_" + name));

        assertThat(compiled(names)).isEqualTo(ours);
    }

    @Test
    void version_words_events_and_clocks_are_the_headers() throws Exception {
        Map<String, Integer> header = compiled(named(
                "memory", "nvmlMemory_v2",
                "profile2", "nvmlGpuInstanceProfileInfo_v2",
                "profile3", "nvmlGpuInstanceProfileInfo_v3",
                "temperature", "nvmlTemperature_v1",
                "margin", "nvmlMarginTemperature_v1",
                "threshold", "NVML_TEMPERATURE_THRESHOLD_GPU_MAX",
                "hopper", "NVML_DEVICE_ARCH_HOPPER",
                "links", "NVML_NVLINK_MAX_LINKS",
                "no_gpus", "NVML_INIT_FLAG_NO_GPUS",
                "xid", "nvmlEventTypeXidCriticalError",
                "mig", "nvmlEventMigConfigChange",
                "unavailable", "nvmlEventTypeGpuUnavailableError",
                "recovery", "nvmlEventTypeGpuRecoveryAction",
                "video", "NVML_CLOCK_VIDEO"));

        assertThat(header)
                .containsEntry("memory", Layout.version(Layout.MEMORY_V2, 2))
                .containsEntry("profile2", Layout.version(Layout.PROFILE_V2, 2))
                .containsEntry("profile3", Layout.version(Layout.PROFILE_V3, 3))
                .containsEntry("temperature", Layout.version(Layout.TEMPERATURE, 1))
                .containsEntry("margin", Layout.version(Layout.MARGIN, 1))
                .containsEntry("threshold", TemperatureThreshold.GPU_MAX.ordinal())
                .containsEntry("hopper", 9)
                .containsEntry("links", 36)
                .containsEntry("no_gpus", NvmlSession.NO_GPUS)
                .containsEntry("xid", (int) EventWatch.XID)
                .containsEntry("mig", (int) EventWatch.MIG_CONFIG)
                .containsEntry("unavailable", (int) EventWatch.UNAVAILABLE)
                .containsEntry("recovery", (int) EventWatch.RECOVERY_ACTION)
                .containsEntry("video", ClockDomain.VIDEO.ordinal());
    }

    /** A name with a typing error would look like an old driver for ever. */
    @Test
    void every_symbol_is_declared_in_the_header() throws Exception {
        String header = Files.readString(NvmlSim.header().resolve("nvml.h"));

        assertThat(Symbols.ALL).allSatisfy(symbol -> assertThat(header).containsPattern(Pattern.quote(symbol) + "\\("));
    }

    @Test
    void nothing_that_changes_a_device_is_bound() {
        assertThat(Symbols.ALL)
                .allMatch(symbol -> symbol.matches("nvml(Device|System|GpuInstance|ComputeInstance)Get\\w+")
                        || List.of(
                                        "nvmlInit_v2",
                                        "nvmlInitWithFlags",
                                        "nvmlShutdown",
                                        // event sets and GPM samples are memory of this process
                                        "nvmlEventSetCreate",
                                        "nvmlEventSetFree",
                                        "nvmlEventSetWait_v2",
                                        "nvmlDeviceRegisterEvents",
                                        "nvmlGpmQueryDeviceSupport",
                                        "nvmlGpmSampleAlloc",
                                        "nvmlGpmSampleFree",
                                        "nvmlGpmMigSampleGet",
                                        "nvmlGpmMetricsGet")
                                .contains(symbol));
    }

    private static Map<String, String> named(String... pairs) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }

    private static Map<String, Integer> constantsOf(Class<?> table) throws IllegalAccessException {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : table.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                field.setAccessible(true);
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    private Map<String, Integer> compiled(Map<String, String> expressions) throws Exception {
        Path header = NvmlSim.header();
        StringBuilder source =
                new StringBuilder("#include <nvml.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n");
        expressions.forEach((name, expression) ->
                source.append("  printf(\"%s %%lld\\n\", (long long)(%s));%n".formatted(name, expression)));
        source.append("}\n");
        Path c = Files.writeString(folder.resolve("abi.c"), source);
        String program = folder.resolve("abi").toString();
        NvmlSim.build(); // skips here where there is no compiler
        run("gcc", "-isystem", header.toString(), "-o", program, c.toString());
        Map<String, Integer> values = new TreeMap<>();
        for (String line : run(program).lines().toList()) {
            String[] parts = line.split(" ", 2);
            values.put(parts[0], Integer.parseInt(parts[1]));
        }
        return values;
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
