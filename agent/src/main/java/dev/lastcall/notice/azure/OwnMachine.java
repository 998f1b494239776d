package dev.lastcall.notice.azure;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The names under which an event may mean this machine; compared without regard to case, as Azure's names are. */
public record OwnMachine(Set<String> names) {

    private static final Pattern MACHINE =
            Pattern.compile("/(?:virtualMachineScaleSets/([^/]+)/)?virtualMachines/([^/]+)$", Pattern.CASE_INSENSITIVE);

    public OwnMachine {
        names = names.stream()
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }

    /**
     * From the Node's providerID: {@code …/virtualMachineScaleSets/VMSS/virtualMachines/3} is {@code VMSS_3} in an
     * event, {@code …/virtualMachines/NAME} is {@code NAME}.
     */
    public static Optional<OwnMachine> ofProviderId(@Nullable String providerId) {
        Matcher matcher = MACHINE.matcher(providerId == null ? "" : providerId.strip());
        if (!matcher.find()) {
            return Optional.empty();
        }
        String scaleSet = matcher.group(1);
        String machine = matcher.group(2);
        // A flexible scale set names its machines itself: their name is then no number.
        return Optional.of(new OwnMachine(
                scaleSet == null || !machine.matches("\\d+") ? Set.of(machine) : Set.of(scaleSet + "_" + machine)));
    }

    boolean is(String resource) {
        return names.contains(resource.strip().toLowerCase(Locale.ROOT));
    }
}
