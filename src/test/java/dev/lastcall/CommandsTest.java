package dev.lastcall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Arguments make the program a command; a wrong one is a line. */
class CommandsTest {

    @Test
    void help_lists_commands_and_settings() {
        assertThat(run(0, "--help")).contains("lint ", "doctor ").contains("LASTCALL_DRAIN_FORCE");
        assertThat(run(0, "-h")).isEqualTo(run(0, "--help"));
    }

    @Test
    void the_help_of_a_command_lists_its_options_and_findings() {
        assertThat(run(0, "lint", "--help"))
                .contains("--window=LENGTH")
                .contains("--cloud=NAME")
                .contains("helm template ... | lastcall-agent lint")
                .contains("budget_blocks")
                .contains("Exit codes: 0 no findings, 1 findings, 2 ");
    }

    @Test
    void doctor_names_its_formats_and_exit_codes_and_refuses_another_format() {
        assertThat(run(0, "doctor", "--help")).contains("--output=FORMAT", "Exit codes: 0 no problem, 1 a problem");
        assertThat(run(2, "doctor", "-o", "xml"))
                .isEqualTo("lastcall: --output: 'xml' is not allowed; give text or json\n");
    }

    @Test
    void an_unknown_command_or_option_is_one_line_and_exit_code_2() {
        assertThat(run(2, "lnt"))
                .isEqualTo("lastcall: lnt: unknown command or argument; 'lastcall-agent --help' says what there is\n");
        assertThat(run(2, "--frobnicate")).startsWith("lastcall: --frobnicate: unknown command or argument; ");
        assertThat(run(2, "lint", "--widow=30s"))
                .isEqualTo("lastcall: --widow=30s: unknown option; 'lastcall-agent lint --help' says what there is\n");
        assertThat(run(2, "lint", "--window"))
                .startsWith("lastcall: Missing required parameter for option '--window'")
                .hasLineCount(1);
    }

    @Test
    void a_command_reads_standard_input() {
        assertThat(run(0, "lint")).isEqualTo("lastcall: 0 findings in 0 pod templates of 0 objects\n");
    }

    private static String run(int code, String... args) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(all, true, StandardCharsets.UTF_8);
        Commands commands = new Commands(new ByteArrayInputStream(new byte[0]), both, both);
        assertThat(commands.run(args)).isEqualTo(code);
        return all.toString(StandardCharsets.UTF_8);
    }
}
