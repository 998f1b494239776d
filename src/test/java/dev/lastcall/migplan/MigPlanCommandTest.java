package dev.lastcall.migplan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.migplan.command.MigPlanCommand;
import dev.lastcall.support.mig.MigGeometries;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command on the first drawing of docs/FRAGMENTATION.md: 1g at 2, 2g at 4, 1g at 6 of an A100. */
class MigPlanCommandTest {

    private record Run(int code, String out, String err) {}

    @Test
    void the_example_of_the_manual_is_what_the_command_prints() throws IOException {
        Run run = run(drawing("[]", "[\"ml/llm/main\"]", "[]"), "--pending", "3g.20gb=1");
        assertThat(run.code()).isZero();
        assertThat(Files.readString(Path.of("docs/FRAGMENTATION.md"))).contains("```\n" + run.out() + "```");
        assertThat(run.out()).contains("destroy 1g.5gb at slice 2, create 3g.20gb at slice 0");

        Run parted = run(drawing("[]", "[\"ml/llm/main\"]", "[]"), "--pending", "3g.20gb=1", "-o", "mig-parted");
        assertThat(Files.readString(Path.of("docs/FRAGMENTATION.md"))).contains("```yaml\n" + parted.out() + "```");
    }

    @Test
    void json_has_each_change_with_its_place() throws IOException {
        Run run = run(drawing("[]", "[\"ml/llm/main\"]", "[]"), "--pending", "3g.20gb=1,1g.5gb=1", "-o", "json");
        assertThat(run.code()).isZero();
        var json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("destroyed").asInt()).isEqualTo(1);
        assertThat(json.at("/fromIdle/1g.5gb").asInt()).isEqualTo(1);
        assertThat(json.at("/steps/0/create/0/start").asInt(-1)).isZero();
    }

    @Test
    void what_idle_instances_serve_needs_no_change() throws IOException {
        Run run = run(drawing("[]", "[]", "[]"), "--pending", "1g.5gb=2");
        assertThat(run.out())
                .isEqualTo("1g.5gb: 2 served by idle instances as they are\n0 idle to destroy, 0 to create\n");
    }

    @Test
    void an_instance_that_is_held_or_of_which_nobody_knows_stays() throws IOException {
        for (String holders : List.of("[\"a/b/c\"]", "null")) {
            Run run = run(drawing(holders, holders, holders), "--pending", "3g.20gb=1");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err())
                    .contains("lastcall: impossible even if every idle instance is destroyed: at most 0 of 1 3g.20gb; "
                            + "add a node, or let pods end");
        }
    }

    @Test
    void hidden_places_are_exit_code_2() throws IOException {
        Run run = run("""
                {"node": "n", "gpus": [{"index": 0, "mig": "enabled", "slices": [], "note": "no CAP_SYS_ADMIN"}]}""", "--pending", "1g.5gb=1");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("""
                        lastcall: n GPU 0: left alone, no CAP_SYS_ADMIN
                        lastcall: no GPU whose instances' places are visible; the agents need CAP_SYS_ADMIN (migPositions.enabled)
                        """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3g.20gb | lastcall: --pending 3g.20gb: write PROFILE=NUMBER, for example 3g.20gb=1",
                "3g.20gb=0 | lastcall: --pending 3g.20gb=0: the number can be 1 to 10000",
                "3g.20gb=1,3g.20gb=2 | lastcall: --pending 3g.20gb: given twice; give the sum",
                "1g.5gb=9999,2g.10gb=9999 | lastcall: too many pending instances of different profiles for 1 GPUs at once; ask for fewer"
            })
    void a_wrong_demand_is_one_line(String pending, String line) throws IOException {
        Run run = run(drawing("[]", "[]", "[]"), "--pending", pending);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).isEqualTo(line + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | lastcall: stdin: no JSON: ",
                "{} | lastcall: stdin: not the state of an agent: give what /api/v1/state answers, or an array of it",
                "{\"node\": \"n\", \"gpus\": null} | lastcall: n: its GPUs have not been read",
                "{\"node\": \"n\", \"gpus\": [{\"mig\": \"enabled\", \"slices\": [{}]}]} | lastcall: n GPU 0: the state names no profiles; "
            })
    void a_wrong_input_is_a_line_that_says_what_to_give(String input, String line) {
        Run run = run(input, "--pending", "3g.20gb=1");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith(line).doesNotContain("Exception");
    }

    @Test
    void a_profile_that_no_gpu_offers_and_an_agent_that_is_not_there_are_said() throws IOException {
        assertThat(run(drawing("[]", "[]", "[]"), "--pending", "3g.40gb=1").err())
                .startsWith("lastcall: 3g.40gb: no GPU offers it; they offer 1g.10gb, ");
        Run alone = run("", List.of("--pending", "3g.20gb=1"));
        assertThat(alone.code()).isEqualTo(2);
        assertThat(alone.err()).startsWith("lastcall: http://127.0.0.1:1/api/v1/state does not answer; give FILEs");
    }

    private static Run run(String input, String... args) {
        return run(
                input,
                java.util.stream.Stream.concat(java.util.Arrays.stream(args), java.util.stream.Stream.of("-"))
                        .toList());
    }

    private static Run run(String input, List<String> args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = new CommandLine(MigPlanCommand.spec(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        "http://127.0.0.1:1/api/v1/state"))
                .execute(args.toArray(String[]::new));
        return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** In the agent's form; the holders of the three instances from left to right, as JSON. */
    private static String drawing(String first, String second, String third) throws IOException {
        Geometry geometry = MigGeometries.withoutVariantsNor("a100-40", "-");
        List<Map<String, Object>> profiles = geometry.profiles().stream()
                .map(each -> Map.<String, Object>of(
                        "profile", each.name(),
                        "width", each.width(),
                        "compute", each.compute(),
                        "starts", each.starts(),
                        "most", each.maxCount()))
                .collect(Collectors.toList());
        return """
                {"node": "gpu-1", "gpus": [{"index": 0, "uuid": "GPU-a", "mig": "enabled", "slices": [
                  {"start": 0, "size": 2, "profile": null, "gi": null, "holders": null},
                  {"start": 2, "size": 1, "profile": "1g.5gb", "gi": 7, "holders": %s},
                  {"start": 3, "size": 1, "profile": null, "gi": null, "holders": null},
                  {"start": 4, "size": 2, "profile": "2g.10gb", "gi": 3, "holders": %s},
                  {"start": 6, "size": 1, "profile": "1g.5gb", "gi": 9, "holders": %s},
                  {"start": 7, "size": 1, "profile": null, "gi": null, "holders": null}],
                  "profiles": %s}]}""".formatted(first, second, third, new ObjectMapper().writeValueAsString(profiles));
    }
}
