package dev.lastcall.support.images;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * What a compressed archive of {@code docker save} holds.
 *
 * @param name with the tag
 * @param config the image's configuration, as the OCI image specification has it
 * @param files of all layers, in their order
 */
public record ImageArchive(String name, JsonNode config, List<Entry> files) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param path absolute, without a slash at its end */
    public record Entry(String path, int mode, boolean file, long size, long uid, long gid, long seconds) {}

    public static ImageArchive read(Path archive) throws IOException {
        Map<String, byte[]> parts = new HashMap<>();
        try (InputStream raw = new GZIPInputStream(Files.newInputStream(archive));
                TarArchiveInputStream tar = new TarArchiveInputStream(raw)) {
            for (TarArchiveEntry part = tar.getNextEntry(); part != null; part = tar.getNextEntry()) {
                parts.put(part.getName(), tar.readAllBytes());
            }
        }
        JsonNode manifest = JSON.readTree(parts.get("manifest.json")).path(0);
        List<Entry> files = new ArrayList<>();
        for (JsonNode layer : manifest.path("Layers")) {
            files.addAll(entries(parts.getOrDefault(layer.asText(), new byte[0])));
        }
        return new ImageArchive(
                manifest.path("RepoTags").path(0).asText(),
                JSON.readTree(parts.get(manifest.path("Config").asText())),
                files);
    }

    private static List<Entry> entries(byte[] layer) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(layer))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String path = entry.getName().replaceFirst("^\\.", "").replaceFirst("/$", "");
                entries.add(new Entry(
                        path,
                        entry.getMode() & 07777,
                        entry.isFile() && !entry.isSymbolicLink(),
                        entry.getSize(),
                        entry.getLongUserId(),
                        entry.getLongGroupId(),
                        entry.getLastModifiedTime().toMillis() / 1000));
            }
        }
        return entries;
    }
}
