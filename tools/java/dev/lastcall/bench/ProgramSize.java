package dev.lastcall.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * @param bytes on disk
 * @param compressed in bytes; 0 if there is nothing to say
 * @param how what the compressed figure is of
 */
record ProgramSize(long bytes, long compressed, String how) {

    /** A file without an image of its own. */
    static ProgramSize ofBinary(Path file) throws IOException {
        return new ProgramSize(Files.size(file), gzipped(file), "gzip -9 of the binary");
    }

    /** The agent, whose image {@code make image} leaves in target/image. An image older than the program is of another one. */
    static ProgramSize ofAgent(Path program, Path image) throws IOException {
        long bytes = Files.isRegularFile(program) ? Files.size(program) : ofFolder(program);
        Path built = Files.isRegularFile(program) ? program : program.resolve("quarkus-run.jar");
        if (Files.exists(image) && Files.getLastModifiedTime(image).compareTo(Files.getLastModifiedTime(built)) >= 0) {
            return new ProgramSize(bytes, Files.size(image), "image");
        }
        System.err.println("bench: " + image + " is missing or older than the program; make image builds it");
        return Files.isRegularFile(program)
                ? new ProgramSize(bytes, gzipped(program), "gzip -9 of the binary, no image built")
                : new ProgramSize(bytes, 0, "no image built");
    }

    String onDisk() {
        return String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
    }

    String packed() {
        return compressed == 0 ? how : String.format(Locale.ROOT, "%.1f MB (%s)", compressed / 1e6, how);
    }

    /** What {@code gzip -9} makes of it, without its 18 bytes of head and tail. */
    static long gzipped(Path file) throws IOException {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try (DeflaterOutputStream out = new DeflaterOutputStream(OutputStream.nullOutputStream(), deflater)) {
            Files.copy(file, out);
            out.finish();
            return deflater.getBytesWritten();
        } finally {
            deflater.end();
        }
    }

    private static long ofFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
