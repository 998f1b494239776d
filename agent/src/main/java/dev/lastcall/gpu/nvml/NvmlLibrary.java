package dev.lastcall.gpu.nvml;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The library once loaded. Every symbol is looked up by itself, under its versioned name (the header's macros do not reach
 * us), and may be missing: drivers differ in age.
 */
final class NvmlLibrary {

    private static final Logger LOG = Logger.getLogger(NvmlLibrary.class);

    private final NativeLibrary library;
    private final Map<String, Optional<Function>> functions = new ConcurrentHashMap<>();

    private NvmlLibrary(NativeLibrary library) {
        this.library = library;
    }

    /** Loads by exact name or path: the unversioned {@code libnvidia-ml.so} is a development link that containers lack. */
    static Optional<NvmlLibrary> load(String nameOrPath) {
        Optional<String> problem = DispatchLibrary.locate();
        if (problem.isPresent()) {
            LOG.error(problem.get());
            return Optional.empty();
        }
        try {
            return Optional.of(new NvmlLibrary(NativeLibrary.getInstance(nameOrPath)));
        } catch (UnsatisfiedLinkError missing) {
            return Optional.empty();
        }
    }

    /** The return code; {@link ReturnCode#FUNCTION_NOT_FOUND} where the driver does not have the function. */
    int call(String name, Object... arguments) {
        return find(name).map(function -> function.invokeInt(arguments)).orElse(ReturnCode.FUNCTION_NOT_FOUND);
    }

    private Optional<Function> find(String name) {
        return functions.computeIfAbsent(name, this::lookUp);
    }

    private Optional<Function> lookUp(String name) {
        if (!Symbols.ALL.contains(name)) {
            throw new IllegalArgumentException(name + " is not in the list of symbols this agent may call");
        }
        try {
            return Optional.of(library.getFunction(name));
        } catch (UnsatisfiedLinkError missing) {
            return Optional.empty();
        }
    }
}
