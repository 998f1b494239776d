package dev.lastcall.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;

/**
 * Collects what a user has set, from the places Quarkus reads at run time: system properties, the environment,
 * {@code .env} and {@code config/application.properties} in the working directory. It is read here before Quarkus
 * starts, because Quarkus would report a bad value only after services have been started, with a stack trace.
 */
public final class Settings {

    private Settings() {}

    /** @throws IOException when a file is there and can't be read */
    public static List<Setting> collect(Properties system, Map<String, String> environment, Path directory)
            throws IOException {
        List<Setting> settings = new ArrayList<>();
        for (String name : new TreeSet<>(system.stringPropertyNames())) {
            settings.add(new Setting(Setting.Origin.SYSTEM_PROPERTY, name, system.getProperty(name, "")));
        }
        for (String name : new TreeSet<>(environment.keySet())) {
            settings.add(new Setting(Setting.Origin.ENVIRONMENT, name, environment.getOrDefault(name, "")));
        }
        addFile(settings, directory.resolve(".env"), Setting.Origin.ENVIRONMENT);
        addFile(settings, directory.resolve("config").resolve("application.properties"), Setting.Origin.FILE);
        return List.copyOf(settings);
    }

    private static void addFile(List<Setting> settings, Path file, Setting.Origin origin) throws IOException {
        if (!Files.isRegularFile(file)) {
            return;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        for (String name : new TreeSet<>(properties.stringPropertyNames())) {
            settings.add(new Setting(origin, name, properties.getProperty(name, "")));
        }
    }
}
