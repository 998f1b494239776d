import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes out of a native-image source jar what Quarkus' extension lists of the Kubernetes client: every method of every kind
 * and of the client itself. What is really used of it is listed in native/metadata. {@code Trim JAR}, with Jackson beside it.
 */
public final class Trim {

    private static final String CLIENT = "io.fabric8.";

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(args[0]))) {
            Path list = jar.getPath("META-INF/native-image/reflect-config.json");
            JsonNode all = json.readTree(Files.readString(list));
            ArrayNode kept = json.createArrayNode();
            for (JsonNode entry : all) {
                if (!entry.path("name").asText().startsWith(CLIENT)) {
                    kept.add(entry);
                }
            }
            if (kept.size() == all.size()) {
                System.err.println("lastcall: " + list + " lists nothing of " + CLIENT + ": is native/Trim.java still right?");
                System.exit(1);
            }
            Files.writeString(list, json.writeValueAsString(kept));
            System.err.printf("lastcall: left out %d of %d reflective classes, all of the Kubernetes client%n",
                    all.size() - kept.size(), all.size());
        }
    }
}
