package dev.lastcall.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A reader who follows a link arrives, and every page can be reached from README by following links. */
class LinksTest {

    private static final List<String> FOLDERS =
            List.of("", "docs", "docs/adr", "daemonset", "dashboards", "serving", "worker", "native");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)|srcset=\"([^\"]+)\"|src=\"([^\"]+)\"");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    @Test
    void each_link_leads_to_a_file_and_each_anchor_to_a_heading_of_it() {
        List<String> dead = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        for (Path page : pages()) {
            for (String link : links(page)) {
                seen.add(link);
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty() ? page : resolved(page, parts[0]);
                if (!Files.exists(target)) {
                    dead.add(page + " -> " + link);
                } else if (parts.length == 2 && !anchors(target).contains(parts[1])) {
                    dead.add(page + " -> " + link + ": no such heading");
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(100);
        assertThat(dead).isEmpty();
    }

    @Test
    void each_page_is_reached_from_the_front_page() {
        Set<Path> reached = new TreeSet<>();
        Deque<Path> next = new ArrayDeque<>(List.of(Path.of("README.md")));
        while (!next.isEmpty()) {
            Path page = next.remove();
            if (reached.add(page)) {
                links(page).stream()
                        .map(link -> resolved(page, link.split("#", 2)[0]))
                        .filter(target -> target.toString().endsWith(".md") && Files.exists(target))
                        .forEach(next::add);
            }
        }
        // The decisions are linked as a folder.
        List<Path> unreached = pages().stream()
                .filter(page -> !page.startsWith("docs/adr") && !reached.contains(page))
                .toList();
        assertThat(unreached).isEmpty();
    }

    private static List<Path> pages() {
        List<Path> pages = new ArrayList<>();
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                files.map(Path::normalize)
                        .filter(file -> file.toString().endsWith(".md"))
                        .forEach(pages::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return pages;
    }

    /** Links inside the repository, without those in code. */
    private static List<String> links(Path page) {
        return LINK.matcher(CODE.matcher(read(page)).replaceAll(""))
                .results()
                .map(match -> Stream.of(1, 2, 3)
                        .map(match::group)
                        .filter(group -> group != null)
                        .findFirst()
                        .orElseThrow())
                .filter(link -> !link.contains("://"))
                .toList();
    }

    private static Path resolved(Path page, String link) {
        Path folder = page.getParent();
        return (folder == null ? Path.of(link) : folder.resolve(link)).normalize();
    }

    /** As GitHub makes them: lower case, spaces as hyphens, other signs dropped. */
    private static List<String> anchors(Path page) {
        return HEADING.matcher(CODE.matcher(read(page)).replaceAll(""))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
