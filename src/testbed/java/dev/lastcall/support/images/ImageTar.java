package dev.lastcall.support.images;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One image of one layer on nothing ({@code FROM scratch}), as {@code docker save} would write it: {@code docker load} and
 * {@code ctr images import} both take it.
 */
public final class ImageTar {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final Map<String, Entry> files = new LinkedHashMap<>();
    private final Set<String> directories = new LinkedHashSet<>();
    private final List<String> env = new ArrayList<>();
    private List<String> entrypoint = List.of();
    private String user = "";

    private record Entry(Path source, int mode) {}

    private ImageTar(String name) {
        this.name = name;
    }

    /** @param name with a tag, such as {@code lastcall.test/engine:1}; pods must say {@code imagePullPolicy: Never} */
    public static ImageTar named(String name) {
        return new ImageTar(name);
    }

    /** Adds a file; its parent directories come by themselves. @param target absolute path in the image */
    public ImageTar file(Path source, String target, int mode) {
        String path = relative(target);
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            directories.add(path.substring(0, slash));
        }
        files.put(path, new Entry(source, mode));
        return this;
    }

    /** Adds an executable. */
    public ImageTar program(Path source, String target) {
        return file(source, target, 0755);
    }

    /** Adds an empty directory, such as {@code /tmp}. */
    public ImageTar directory(String target) {
        directories.add(relative(target));
        return this;
    }

    public ImageTar env(String key, String value) {
        env.add(key + "=" + value);
        return this;
    }

    public ImageTar entrypoint(String... command) {
        entrypoint = List.of(command);
        return this;
    }

    /** @param user {@code uid:gid}; without it root */
    public ImageTar user(String user) {
        this.user = user;
        return this;
    }

    /** Writes the archive. @return {@code target} */
    public Path writeTo(Path target) throws IOException {
        Path layer = Files.createTempFile(target.toAbsolutePath().getParent(), "layer", ".tar");
        try {
            try (TarFile tar = new TarFile(Files.newOutputStream(layer))) {
                for (String directory : directories) {
                    tar.directory(directory, directory.equals("tmp") ? 01777 : 0755);
                }
                for (Map.Entry<String, Entry> file : files.entrySet()) {
                    tar.file(
                            file.getKey(),
                            file.getValue().source(),
                            file.getValue().mode());
                }
            }
            String layerDigest = sha256(layer);
            byte[] config = JSON.writeValueAsBytes(Map.of(
                    "architecture",
                    architecture(),
                    "os",
                    "linux",
                    "config",
                    Map.of("Entrypoint", entrypoint, "Env", env, "User", user),
                    "rootfs",
                    Map.of("type", "layers", "diff_ids", List.of("sha256:" + layerDigest))));
            String configName = sha256(config) + ".json";
            byte[] manifest = JSON.writeValueAsBytes(List.of(Map.of(
                    "Config", configName, "RepoTags", List.of(name), "Layers", List.of(layerDigest + "/layer.tar"))));
            try (TarFile tar = new TarFile(Files.newOutputStream(target))) {
                tar.file(configName, config, 0644);
                tar.directory(layerDigest, 0755);
                tar.file(layerDigest + "/layer.tar", layer, 0644);
                tar.file("manifest.json", manifest, 0644);
            }
            return target;
        } finally {
            Files.deleteIfExists(layer);
        }
    }

    private static String relative(String target) {
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("not an absolute path: " + target);
        }
        return target.substring(1);
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64" -> "arm64";
            default -> "amd64";
        };
    }

    private static String sha256(byte[] content) {
        return HexFormat.of().formatHex(digest().digest(content));
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest())) {
            in.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of()
                    .formatHex(((DigestInputStream) in).getMessageDigest().digest());
        }
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
