package dev.lastcall.notice;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which metadata services may be asked: those the user names, and with {@code auto} the one that made the node. */
public final class ProviderChoice {

    private ProviderChoice() {}

    /**
     * The clouds to ask; empty for none.
     *
     * @param configured the values of {@code lastcall.notice.provider}, already checked
     * @param providerId {@code Node.spec.providerID}; null where there is no API server or the Node has none
     */
    public static Set<Cloud> clouds(List<String> configured, @Nullable String providerId) {
        Set<Cloud> chosen = EnumSet.noneOf(Cloud.class);
        for (String each : configured) {
            String name = each.strip().toLowerCase(Locale.ROOT);
            if (name.equals("auto")) {
                chosen.add(Cloud.ofProviderId(providerId));
            } else {
                Cloud.ofLabel(name).ifPresent(chosen::add);
            }
        }
        chosen.remove(Cloud.NONE);
        return chosen;
    }
}
