package dev.lastcall.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FootprintTableTest {

    private static final ProgramSize SIZE = new ProgramSize(71_000_000, 25_700_000, "image");

    private static FootprintTable.Row row(String name, long residentKiB) {
        FootprintTable.Row row =
                new FootprintTable.Row(new Program(name, List.of(), List.of("agent"), Map.of(), "", "", SIZE));
        row.starts.addAll(List.of(90.0, 100.0, 280.0));
        row.empty.addAll(List.of(2.0, 3.0, 4.0));
        for (int i = 0; i < 4; i++) {
            row.readings.add(new ProcessReading(residentKiB, 20 * 1024, residentKiB + 1024, Duration.ZERO));
        }
        row.percent = 0.5;
        row.samples = 1234;
        return row;
    }

    private static String page(long residentKiB) {
        return new FootprintTable(
                        List.of(row(FootprintTable.NATIVE, residentKiB), row("another", 1)),
                        Map.of("third", "go is missing"),
                        Duration.ofMinutes(10),
                        "10 % of 2 cores busy")
                .markdown();
    }

    @Test
    void every_row_of_a_table_has_as_many_cells_as_its_head() {
        List<String> rows =
                page(1024).lines().filter(line -> line.startsWith("|")).toList();
        assertThat(rows).hasSize(8);
        assertThat(rows.subList(0, 4))
                .allSatisfy(line -> assertThat(cells(line)).isEqualTo(9));
        assertThat(rows.subList(4, 8))
                .allSatisfy(line -> assertThat(cells(line)).isEqualTo(5));
    }

    @Test
    void a_missed_target_is_said_with_the_difference() {
        assertThat(page(71 * 1024))
                .contains(
                        "ready 100.00 ms of 150, kept",
                        "resident 71.00 MiB of 64, **missed** by 7.00",
                        "25.70 MB of 60, kept");
    }

    @Test
    void a_kept_target_is_said_too() {
        assertThat(page(64 * 1024)).contains("resident 64.00 MiB of 64, kept").doesNotContain("missed");
    }

    @Test
    void a_program_that_could_not_be_had_is_named_with_its_reason() {
        assertThat(page(1)).contains("Not measured: third: go is missing");
    }

    @Test
    void a_program_is_compressed_as_gzip_does(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("zeros"), new byte[1_000_000]);
        assertThat(ProgramSize.ofBinary(file).compressed()).isBetween(900L, 1100L);
        assertThat(ProgramSize.ofBinary(file).packed()).isEqualTo("0.0 MB (gzip -9 of the binary)");
    }

    @Test
    void an_image_older_than_its_program_is_not_that_programs(@TempDir Path folder) throws Exception {
        Path image = Files.write(folder.resolve("image.tar.gz"), new byte[10]);
        Path program = Files.write(folder.resolve("agent"), new byte[20]);
        Files.setLastModifiedTime(image, java.nio.file.attribute.FileTime.fromMillis(1_000));
        Files.setLastModifiedTime(program, java.nio.file.attribute.FileTime.fromMillis(2_000));
        assertThat(ProgramSize.ofAgent(program, image).how()).contains("no image built");
        Files.setLastModifiedTime(image, java.nio.file.attribute.FileTime.fromMillis(3_000));
        assertThat(ProgramSize.ofAgent(program, image).packed()).isEqualTo("0.0 MB (image)");
    }

    @Test
    void ports_are_put_in_for_each_start_and_nothing_of_the_machines_environment_is_handed_on() {
        Program program = new Program(
                "p",
                List.of("wrap"),
                List.of("agent", "--listen={port}"),
                Map.of("PROBES", "{second-port}"),
                "",
                "",
                SIZE);
        assertThat(program.commandLine(1, 2)).containsExactly("env", "-i", "PROBES=2", "wrap", "agent", "--listen=1");
        assertThat(program.emptyCommandLine()).endsWith("wrap", "true");
    }

    private static long cells(String line) {
        return line.chars().filter(character -> character == '|').count() - 1;
    }
}
