package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Which engine a pod runs: its command says it best, then its label {@code lastcall.dev/engine}. */
public enum EngineKind {
    VLLM,
    SGLANG,
    TGI,
    /** Any other one, or one that nothing names. */
    GENERIC;

    public static final String LABEL = "lastcall.dev/engine";

    /**
     * The words that start each engine, as their own documentation has them. A flag or a host name that merely contains
     * the engine's name ({@code --vllm-port} of a routing proxy) is none of them.
     */
    private static final Map<EngineKind, Pattern> STARTED_BY = Map.of(
            VLLM, word("vllm\\s+serve|vllm\\.entrypoints\\.[\\w.]+"),
            SGLANG, word("sglang\\.launch_server|sglang\\s+serve"),
            TGI, word("text-generation-launcher|text-generation-router|text-generation-server"));

    public static EngineKind of(PodView pod) {
        EngineKind named = of(pod.command());
        if (named != GENERIC) {
            return named;
        }
        return switch (pod.labels().getOrDefault(LABEL, "").toLowerCase(Locale.ROOT)) {
            case "vllm" -> VLLM;
            case "sglang" -> SGLANG;
            case "tgi" -> TGI;
            default -> GENERIC;
        };
    }

    /** By command and arguments alone; {@link #GENERIC} where they name none. */
    public static EngineKind of(List<String> command) {
        String line = String.join(" ", command);
        for (EngineKind kind : List.of(SGLANG, TGI, VLLM)) {
            if (STARTED_BY.get(kind) instanceof Pattern start
                    && start.matcher(line).find()) {
                return kind;
            }
        }
        return GENERIC;
    }

    /** At the beginning of a word, with or without the folder it lies in. */
    private static Pattern word(String alternatives) {
        return Pattern.compile("(?:^|[\\s/;&|\"'])(?:" + alternatives + ")(?=$|[\\s;&|\"'])");
    }
}
