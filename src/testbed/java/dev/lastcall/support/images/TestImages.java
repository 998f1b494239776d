package dev.lastcall.support.images;

import dev.lastcall.support.controlplane.TestbedBinaries;
import java.io.IOException;
import java.nio.file.Path;

/** The images of {@code src/test/testbed/node-images}. */
public final class TestImages {

    /** What holds a pod's namespaces together. */
    public static final String PAUSE = "lastcall.test/pause:1";

    /**
     * A server that behaves as vLLM does, without a model. Arguments: {@code --port 8000 --shutdown-timeout 0
     * --lastcall-ttft-ms 50 --lastcall-itl-ms 20}.
     */
    public static final String ENGINE = "lastcall.test/engine:1";

    private TestImages() {}

    public static Path pause(Path folder) throws IOException {
        return program(PAUSE, "pause").writeTo(folder.resolve("pause.tar"));
    }

    public static Path engine(Path folder) throws IOException {
        return program(ENGINE, "engine").user("65532:65532").writeTo(folder.resolve("engine.tar"));
    }

    private static ImageTar program(String name, String program) {
        return ImageTar.named(name)
                .program(TestbedBinaries.locate().path(program), "/" + program)
                .entrypoint("/" + program);
    }
}
