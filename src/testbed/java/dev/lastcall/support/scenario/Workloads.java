package dev.lastcall.support.scenario;

import dev.lastcall.support.router.RotationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetSpecBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

/** The objects users would write: a serving Deployment, ordinary pods, a DaemonSet, a budget. */
public final class Workloads {
    public static final String ENGINE_IMAGE = "lastcall.test/vllm";
    public static final String IDLE_IMAGE = "lastcall.test/idle";
    public static final String STUBBORN_IMAGE = "lastcall.test/stubborn";
    /** A node label: pods of a scenario run on its nodes only, so that scenarios can share a control plane. */
    public static final String POOL = "lastcall.test/pool";

    private final KubernetesClient client;
    private final String namespace;
    private final String pool;

    public Workloads(KubernetesClient client, String namespace, String pool) {
        this.client = client;
        this.namespace = namespace;
        this.pool = pool;
    }

    /** A Deployment of serving pods, marked the way the router's rule reads. */
    public void serving(String name, int replicas, RotationRule rule, long grace, String... command) {
        servingFrom(ENGINE_IMAGE, name, replicas, rule, grace, command);
    }

    /** The same from an image of your own, for a node with real containers. */
    public void servingFrom(String image, String name, int replicas, RotationRule rule, long grace, String... command) {
        PodTemplateSpec template = template(name, image, grace, command);
        template.getMetadata().getLabels().put("lastcall.dev/engine", "vllm");
        if (rule == RotationRule.LABEL) {
            template.getMetadata().getLabels().put("lastcall.dev/rotation", "in");
        }
        if (rule == RotationRule.READY) {
            template.setSpec(new PodSpecBuilder(template.getSpec())
                    .addNewReadinessGate("lastcall.dev/in-rotation")
                    .build());
        }
        template.getSpec()
                .getContainers()
                .getFirst()
                .setReadinessProbe(new io.fabric8.kubernetes.api.model.ProbeBuilder()
                        .withNewHttpGet()
                        .withPath("/health")
                        .withPort(new IntOrString(8000))
                        .endHttpGet()
                        .withPeriodSeconds(1)
                        .build());
        deploy(name, replicas, template);
    }

    /** A Deployment of pods that do not serve. */
    public void ordinary(String name, int replicas, String image, long grace) {
        deploy(name, replicas, template(name, image, grace));
    }

    public void daemonSet(String name) {
        client.apps()
                .daemonSets()
                .inNamespace(namespace)
                .resource(new DaemonSetBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", name))
                        .endSelector()
                        .withTemplate(template(name, IDLE_IMAGE, 5))
                        .endSpec()
                        .build())
                .create();
    }

    /** A budget that lets at most so many pods of the app go. */
    public void budget(String app, int maxUnavailable) {
        budget(app, new PodDisruptionBudgetSpecBuilder().withMaxUnavailable(new IntOrString(maxUnavailable)));
    }

    /** A budget that wants so many pods of the app to stay. */
    public void budgetOf(String app, int minAvailable) {
        budget(app, new PodDisruptionBudgetSpecBuilder().withMinAvailable(new IntOrString(minAvailable)));
    }

    private void budget(String app, PodDisruptionBudgetSpecBuilder spec) {
        client.policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(namespace)
                .resource(new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withName(app)
                        .endMetadata()
                        .withSpec(spec.withNewSelector()
                                .withMatchLabels(Map.of("app", app))
                                .endSelector()
                                .build())
                        .build())
                .create();
    }

    public List<Pod> pods(String app) {
        return client.pods().inNamespace(namespace).withLabel("app", app).list().getItems();
    }

    private void deploy(String name, int replicas, PodTemplateSpec template) {
        client.apps()
                .deployments()
                .inNamespace(namespace)
                .resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(replicas)
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", name))
                        .endSelector()
                        .withTemplate(template)
                        .endSpec()
                        .build())
                .create();
    }

    private PodTemplateSpec template(String app, String image, long grace, String... command) {
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(new java.util.HashMap<>(Map.of("app", app)))
                .endMetadata()
                .withNewSpec()
                .withNodeSelector(Map.of(POOL, pool))
                .withTerminationGracePeriodSeconds(grace)
                .addNewContainer()
                .withName("main")
                .withImage(image)
                .withCommand(List.of(command))
                .addNewPort()
                .withContainerPort(8000)
                .endPort()
                .endContainer()
                .endSpec()
                .build();
    }
}
