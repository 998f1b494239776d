package dev.lastcall.support.images;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/**
 * An archive of {@code docker save}, compressed or not.
 *
 * @param name its first name with the tag, such as {@code lastcall/lastcall-agent:1.0}
 */
public record SavedImage(Path archive, String name) {

    /** Names an archive to be used instead of the built ones. */
    public static final String PROPERTY = "lastcall.image";

    private static final int BLOCK = 512;

    /**
     * The agent's image: the archive that {@value #PROPERTY} names, else that of the program under test, built if it is not
     * there or older than the program.
     */
    public static SavedImage ofAgent() throws IOException, InterruptedException {
        String named = System.getProperty(PROPERTY, "");
        return read(named.isEmpty() ? AgentImage.underTest().archive() : Path.of(named));
    }

    /** The archive as containerd 1.6 takes it, which does not unpack what it imports. @param folder where to write it */
    public Path plain(Path folder) throws IOException {
        Path target = folder.resolve("image.tar");
        try (InputStream tar = open(archive)) {
            Files.copy(tar, target);
        }
        return target;
    }

    static SavedImage read(Path archive) throws IOException {
        try (InputStream tar = open(archive)) {
            byte[] header;
            while ((header = tar.readNBytes(BLOCK)).length == BLOCK && header[0] != 0) {
                long size = Long.parseLong(text(header, 124, 12), 8);
                if (text(header, 0, 100).equals("manifest.json")) {
                    JsonNode image = new ObjectMapper()
                            .readTree(tar.readNBytes(Math.toIntExact(size)))
                            .path(0);
                    return new SavedImage(
                            archive.toAbsolutePath(),
                            image.path("RepoTags").path(0).asText());
                }
                tar.skipNBytes((size + BLOCK - 1) / BLOCK * BLOCK);
            }
        } catch (EOFException cut) {
            throw new IOException(archive + " is cut short", cut);
        }
        throw new IOException(archive + " is no archive of docker save: it has no manifest.json");
    }

    private static InputStream open(Path archive) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(archive));
        raw.mark(2);
        boolean compressed = raw.read() == 0x1f && raw.read() == 0x8b;
        raw.reset();
        return compressed ? new GZIPInputStream(raw, 1 << 16) : raw;
    }

    private static String text(byte[] header, int at, int width) {
        String field = new String(header, at, width, StandardCharsets.UTF_8);
        int end = field.indexOf(0);
        return (end < 0 ? field : field.substring(0, end)).strip();
    }
}
