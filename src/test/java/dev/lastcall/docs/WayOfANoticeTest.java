package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever wants to know the product reads the way of a notice first: docs/ARCHITECTURE.md must tell it as it is. */
class WayOfANoticeTest {

    private static final Path SOURCES = Path.of("agent/src/main/java/dev/lastcall");
    private static final Pattern ROW = Pattern.compile("\\| \\d+ \\| `([\\w/]+\\.java)` \\|");
    private static final int AT_MOST = 15;

    private static List<String> way;

    @BeforeAll
    static void read() throws IOException {
        String manual = Files.readString(Path.of("docs/ARCHITECTURE.md"));
        way = ROW.matcher(manual).results().map(row -> row.group(1)).toList();
    }

    private static String source(String file) throws IOException {
        return Files.readString(SOURCES.resolve(file));
    }

    private static String type(String file) {
        return Path.of(file).getFileName().toString().replace(".java", "");
    }

    @Test
    void it_takes_no_more_than_fifteen_files_and_each_of_them_is_there() {
        assertThat(way).hasSizeBetween(2, AT_MOST).doesNotHaveDuplicates();
        assertThat(way).allMatch(file -> Files.isRegularFile(SOURCES.resolve(file)));
    }

    @Test
    void it_enters_each_package_once() {
        List<Path> entered = new ArrayList<>();
        for (String file : way) {
            Path at = Path.of(file).getParent();
            if (entered.isEmpty() || !entered.getLast().equals(at)) {
                entered.add(at);
            }
        }
        assertThat(entered).doesNotHaveDuplicates();
    }

    /** A reader must be able to get from the files read so far to the next: by a name, their port or their channel. */
    @Test
    void each_file_knows_one_of_those_before_it_or_is_known_by_one() throws IOException {
        List<String> unreachable = new ArrayList<>();
        for (int i = 1; i < way.size(); i++) {
            boolean reached = false;
            for (String before : way.subList(0, i)) {
                reached |= linked(before, way.get(i));
            }
            if (!reached) {
                unreachable.add(way.get(i));
            }
        }
        assertThat(unreachable).isEmpty();
    }

    private static boolean linked(String from, String to) throws IOException {
        String left = source(from);
        String right = source(to);
        return names(left, type(to))
                || names(right, type(from))
                || List.of("NoticeSource.Polled", "NodeGateway", "Parsed", "\"interruption-notices\"").stream()
                        .anyMatch(shared -> left.contains(shared) && right.contains(shared));
    }

    private static boolean names(String source, String type) {
        return Pattern.compile("\\b" + type + "\\b").matcher(source).find();
    }
}
