import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Leaves JNA's libraries for twenty platforms out of its jar, in place: {@code java WithoutLibraries.java JAR}. The image has the one
 * it needs as a file, and nothing may be unpacked. Order and times of what stays are kept, so that the same jar becomes the
 * same bytes.
 */
final class WithoutLibraries {
    private static final Pattern LIBRARY = Pattern.compile("com/sun/jna/[^/]+/(?:lib)?jnidispatch\\.[a-z.]+");

    private WithoutLibraries() {}

    public static void main(String[] arguments) throws Exception {
        Path jar = Path.of(arguments[0]);
        Path slim = Path.of(arguments[0] + ".new");
        int left = 0;
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(slim))) {
            for (ZipEntry entry : from.stream().toList()) {
                if (LIBRARY.matcher(entry.getName()).matches()) {
                    left++;
                    continue;
                }
                ZipEntry kept = new ZipEntry(entry.getName());
                kept.setTimeLocal(entry.getTimeLocal());
                to.putNextEntry(kept);
                from.getInputStream(entry).transferTo(to);
            }
        }
        if (left == 0) {
            throw new IllegalStateException(jar + " holds no library of JNA; is it another jar, or has JNA moved them?");
        }
        Files.move(slim, jar, StandardCopyOption.REPLACE_EXISTING);
    }
}
