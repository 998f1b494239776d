package dev.lastcall.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build. */
final class WorkerVersion {

    private WorkerVersion() {}

    static String current() {
        Properties properties = new Properties();
        try (InputStream in = WorkerVersion.class.getResourceAsStream("/lastcall-worker-version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version", "unknown");
    }
}
