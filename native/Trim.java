import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes out of a native-image source jar what Quarkus' extensions list too widely: every method of the Kubernetes client and
 * of each kind, and of each message of protobuf. What is really used is listed in native/metadata. {@code Trim JAR}, with
 * Jackson on the class path.
 */
public final class Trim {

    /** Messages are read and written by code that protoc generated; reflection is for printing them, which nothing does. */
    private static final List<String> TOO_WIDE =
            List.of("io.fabric8.", "com.google.protobuf.", "dev.lastcall.allocation.kubelet.v1.");

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(args[0]))) {
            Path list = jar.getPath("META-INF/native-image/reflect-config.json");
            JsonNode all = json.readTree(Files.readString(list));
            ArrayNode kept = json.createArrayNode();
            for (JsonNode entry : all) {
                if (TOO_WIDE.stream().noneMatch(entry.path("name").asText()::startsWith)) {
                    kept.add(entry);
                }
            }
            for (String prefix : TOO_WIDE) {
                if (all.findValuesAsText("name").stream().noneMatch(name -> name.startsWith(prefix))) {
                    System.err.println("lastcall: " + list + " lists nothing of " + prefix + ": is native/Trim.java still right?");
                    System.exit(1);
                }
            }
            Files.writeString(list, json.writeValueAsString(kept));
            System.err.printf("lastcall: left out %d of %d reflective classes%n",
                    all.size() - kept.size(), all.size());
        }
    }
}
