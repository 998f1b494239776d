package dev.lastcall.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.nvml.NvmlGpuReader;
import dev.lastcall.gpu.nvml.NvmlOptions;
import dev.lastcall.support.nvml.NvmlSim;
import dev.lastcall.verify.Comparison.Row;
import dev.lastcall.verify.Comparison.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The comparison against a hand-written nvidia-smi: no GPU was there to record one. */
class VerifyGpuTest {

    private static final Path RESOURCES = Path.of("src/test/resources/verify");

    /** An nvidia-smi that does not know memory.reserved, as old ones do not. */
    private static final String NVIDIA_SMI = """
            #!/bin/sh
            cd "$(dirname "$0")"
            case "$1" in
              -L) echo "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-a100)" ;;
              -q) cat nvidia-smi.xml ;;
              --query-gpu=*)
                case ",$1," in *memory.reserved*) echo 'Field "memory.reserved" is not a valid field to query.'; exit 2 ;; esac
                for gpu in GPU-a100 GPU-t4; do
                  line=$gpu
                  for field in $(echo "${1#--query-gpu=uuid,}" | tr ',' ' '); do
                    value=$(sed -n "s/^$field=//p" "$gpu.query" 2>/dev/null)
                    line="$line, ${value:-[N/A]}"
                  done
                  echo "$line"
                done ;;
            esac
            """;

    @TempDir
    Path folder;

    private String said = "";

    @Test
    void a_gpu_that_reads_as_nvidia_smi_says_passes() throws Exception {
        int code = verify(xml(), Map.of("GPU-a100", "power.draw=285.50\necc.errors.corrected.aggregate.total=3\n"));

        assertThat(code).as(said).isZero();
        assertThat(said)
                .contains("| gpu 0 gpu_power_watts | 285.50 | 285.50 | ±57.10 | same |")
                .contains("| gpu 0 gpu_ecc_errors_total scope=aggregate type=corrected | 3 | 3 | ±0 | same |")
                .contains("| gpu 0 gi 9 mig_memory_used_bytes | 943718400 | 943718400 | ±67108864 | same |")
                .contains("| gpu 0 gpu_recovery_action | 4 | 4 | ±0 | same |")
                .contains("| gpu 1 gpu_encoder_utilization_ratio | 0.31 | 0.31 | ±0.25 | same |")
                .contains("published and not compared: gpu_active_process_count, gpu_energy_joules_total,")
                .contains(" 0 of them differ or are missing");
    }

    @ParameterizedTest
    @CsvSource({
        "<used>1000 MiB</used>, <used>9000 MiB</used>, gpu 1 gpu_memory_used_bytes",
        "<gpu_temp>71 C</gpu_temp>, <gpu_temp>31 C</gpu_temp>, gpu 0 gpu_temperature_celsius",
        "<current_link_width>8x</current_link_width>, <current_link_width>16x</current_link_width>, gpu 1 gpu_pcie_link_width",
        "<performance_state>P8</performance_state>, <performance_state>P0</performance_state>, gpu 1 gpu_performance_state",
        "<serial>0420420420</serial>, <serial>1</serial>, gpu 1 serial",
        "<current_mig>Enabled</current_mig>, <current_mig>Disabled</current_mig>, gpu 0 mig_mode",
        "<remapped_row_corr>1</remapped_row_corr>, <remapped_row_corr>2</remapped_row_corr>, gpu 0 gpu_remapped_rows type=correctable",
        "<used>900 MiB</used>, <used>4000 MiB</used>, gpu 0 gi 9 mig_memory_used_bytes"
    })
    void one_value_that_differs_is_named_and_fails(String same, String other, String row) throws Exception {
        List<Row> wrong = compare(xml().replace(same, other)).stream()
                .filter(line -> line.verdict() == Verdict.DIFFERENT)
                .toList();

        assertThat(wrong).extracting(Row::what).contains(row).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void a_difference_ends_with_1() throws Exception {
        assertThat(verify(xml().replace("<gpu_temp>71 C</gpu_temp>", "<gpu_temp>31 C</gpu_temp>"), Map.of()))
                .as(said)
                .isEqualTo(1);
    }

    /** Utilisation is not reported under MIG: an agent that publishes none is right, and a zero would be wrong. */
    @Test
    void what_nvidia_smi_does_not_tell_is_neither_right_nor_wrong() throws Exception {
        assertThat(compare(xml()))
                .noneMatch(row -> row.what().equals("gpu 0 gpu_utilization_ratio"))
                .allMatch(row -> row.verdict() == Verdict.SAME || row.verdict() == Verdict.NOT_TOLD);
    }

    @Test
    void what_nvidia_smi_has_and_we_do_not_is_missing() throws Exception {
        assertThat(compare(xml().replace("<gpu_util>N/A</gpu_util>", "<gpu_util>70 %</gpu_util>")))
                .filteredOn(row -> row.verdict() == Verdict.MISSING)
                .extracting(Row::what)
                .containsExactly("gpu 0 gpu_utilization_ratio");
    }

    /** A changed format must not pass because nothing was found in it. */
    @Test
    void an_nvidia_smi_that_is_not_understood_fails() throws Exception {
        String bare = """
                <nvidia_smi_log><driver_version>575.57.08</driver_version>
                  <gpu id="00000000:17:00.0"><uuid>GPU-a100</uuid></gpu><gpu id="00000000:18:00.0"><uuid>GPU-t4</uuid></gpu>
                </nvidia_smi_log>
                """.replace(
                "<uuid>GPU-a100</uuid>", "<uuid>GPU-a100</uuid><mig_devices><mig_device/><mig_device/></mig_devices>");

        assertThat(verify(bare, Map.of())).isEqualTo(1);
        assertThat(said).contains("this nvidia-smi is not understood");
    }

    @Test
    void without_nvidia_smi_or_driver_it_says_so_and_ends_with_69() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, Files.readString(RESOURCES.resolve("scenario.json")));
        assertThat(run(Map.of("LASTCALL_GPU_LIBRARY", sim.library(), "NVIDIA_SMI", folder + "/none")))
                .isEqualTo(69);
        assertThat(said).contains("there is no " + folder + "/none").hasLineCount(1);

        assertThat(run(Map.of("LASTCALL_GPU_LIBRARY", folder + "/libnone.so"))).isEqualTo(69);
        assertThat(said).contains("no driver to verify against").hasLineCount(1);
    }

    private List<Row> compare(String xml) throws Exception {
        NvmlSim sim = NvmlSim.in(folder, Files.readString(RESOURCES.resolve("scenario.json")));
        try (var reader = new NvmlGpuReader(
                NvmlOptions.of(sim.library(), Duration.ofSeconds(5)), InstantSource.system(), () -> {})) {
            List<Series> published = VerifyGpu.published(reader.scan());
            return Comparison.of(published, published, SmiReport.parse(xml));
        }
    }

    private int verify(String xml, Map<String, String> query) throws Exception {
        NvmlSim sim = NvmlSim.in(folder, Files.readString(RESOURCES.resolve("scenario.json")));
        Path smi = Files.writeString(folder.resolve("nvidia-smi"), NVIDIA_SMI);
        Files.setPosixFilePermissions(smi, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(folder.resolve("nvidia-smi.xml"), xml);
        for (Map.Entry<String, String> gpu : query.entrySet()) {
            Files.writeString(folder.resolve(gpu.getKey() + ".query"), gpu.getValue());
        }
        return run(Map.of("LASTCALL_GPU_LIBRARY", sim.library(), "NVIDIA_SMI", smi.toString()));
    }

    private int run(Map<String, String> environment) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code = VerifyGpu.run(environment, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        said = bytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private static String xml() throws Exception {
        return Files.readString(RESOURCES.resolve("nvidia-smi.xml"));
    }
}
