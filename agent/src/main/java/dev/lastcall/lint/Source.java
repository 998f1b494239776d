package dev.lastcall.lint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads a file, every manifest below a directory, or standard input; text of a size that a manifest has. */
final class Source {
    /** What {@code kubectl get} prints of a cluster with thousands of pods is smaller. */
    static final int LARGEST = 32 * 1024 * 1024;
    /** How standard input is called on the command line. */
    static final String STDIN = "-";

    private Source() {}

    /** The manifests below a directory, by name. */
    static List<Path> below(Path path) throws Unreadable {
        try (Stream<Path> below = Files.walk(path)) {
            return below.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().matches(".*\\.(ya?ml|json)"))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new Unreadable(path + ": the directory can't be read");
        }
    }

    static String text(Path file) throws Unreadable {
        try (InputStream in = Files.newInputStream(file)) {
            return text(file.toString(), in);
        } catch (NoSuchFileException e) {
            throw new Unreadable(file + ": there is no such file");
        } catch (IOException e) {
            throw new Unreadable(file + ": it can't be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    static String text(String name, InputStream in) throws Unreadable {
        try {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new Unreadable(name + ": larger than " + LARGEST / (1024 * 1024) + " MiB; split it");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new Unreadable(name + ": not UTF-8 text");
        } catch (IOException e) {
            throw new Unreadable(name + ": it can't be read (" + e.getClass().getSimpleName() + ")");
        }
    }
}
