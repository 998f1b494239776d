package dev.lastcall.support.images;

import dev.lastcall.support.chart.ToolRun;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's own busybox, for images that need a shell: it has to run without any library. */
public final class StaticBusybox {

    private static final Path PROGRAM = Path.of("/bin/busybox");

    /** What to print where there is none. */
    public static final String SKIPPED = "skipped: no static " + PROGRAM + "; the package busybox-static brings it";

    private StaticBusybox() {}

    /** ldd fails for a program that needs no libraries. */
    public static boolean isThere() {
        return Files.isExecutable(PROGRAM)
                && !ToolRun.of("ldd", PROGRAM.toString()).successful();
    }

    /** One copy for each name by which it is called; they lie in {@code /bin}. @return the same image */
    public static ImageTar in(ImageTar image, String... applets) {
        for (String applet : applets) {
            image.program(PROGRAM, "/bin/" + applet);
        }
        return image.env("PATH", "/bin");
    }
}
