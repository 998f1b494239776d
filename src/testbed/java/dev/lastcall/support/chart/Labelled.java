package dev.lastcall.support.chart;

import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Asks the API server for every kind it has, so that nothing is overlooked because nobody thought of its kind. */
final class Labelled {

    private Labelled() {}

    /** @return {@code KIND NAMESPACE/NAME}, sorted; without namespace {@code KIND NAME} */
    static List<String> objects(KubernetesClient client, String selector) {
        List<String> found = new ArrayList<>();
        for (String groupVersion : groupVersions(client)) {
            APIResourceList resources = client.getApiResources(groupVersion);
            if (resources == null) {
                continue; // the group has just gone
            }
            for (APIResource resource : resources.getResources()) {
                if (resource.getVerbs().contains("list") && !resource.getName().contains("/")) {
                    list(client, groupVersion, resource, selector).stream()
                            .map(Labelled::describe)
                            .forEach(found::add);
                }
            }
        }
        return found.stream().sorted().toList();
    }

    private static List<String> groupVersions(KubernetesClient client) {
        return Stream.concat(
                        Stream.of("v1"),
                        client.getApiGroups().getGroups().stream()
                                .map(group -> group.getPreferredVersion().getGroupVersion()))
                .toList();
    }

    private static List<GenericKubernetesResource> list(
            KubernetesClient client, String groupVersion, APIResource resource, String selector) {
        int slash = groupVersion.indexOf('/');
        ResourceDefinitionContext context = new ResourceDefinitionContext.Builder()
                .withGroup(slash < 0 ? "" : groupVersion.substring(0, slash))
                .withVersion(groupVersion.substring(slash + 1))
                .withPlural(resource.getName())
                .withKind(resource.getKind())
                .withNamespaced(resource.getNamespaced())
                .build();
        var all = client.genericKubernetesResources(context);
        return (resource.getNamespaced() ? all.inAnyNamespace() : all)
                .withLabelSelector(selector)
                .list()
                .getItems();
    }

    private static String describe(GenericKubernetesResource object) {
        String namespace = object.getMetadata().getNamespace();
        return object.getKind() + " " + (namespace == null ? "" : namespace + "/")
                + object.getMetadata().getName();
    }
}
