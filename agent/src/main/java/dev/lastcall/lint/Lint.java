package dev.lastcall.lint;

import dev.lastcall.serving.findings.Engine;
import dev.lastcall.serving.findings.EngineFacts;
import dev.lastcall.serving.findings.Finding;
import dev.lastcall.serving.findings.ManifestEngine;
import dev.lastcall.serving.findings.PodTemplate;
import dev.lastcall.serving.findings.Router;
import dev.lastcall.serving.findings.Rules;
import dev.lastcall.serving.findings.ServedModel;
import dev.lastcall.serving.findings.Subject;
import dev.lastcall.serving.findings.Terms;
import dev.lastcall.serving.findings.Workload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The findings for all pod templates of an input.
 *
 * @param located accepted ones among them
 * @param remarks what the user should know that is no finding, a line each
 */
record Lint(List<Located> located, List<String> remarks, int objects, int templates) {

    static Lint of(List<Manifest> manifests, Terms terms, Set<String> disabled) {
        Surroundings around = new Surroundings(manifests);
        List<Located> located = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int templates = 0;
        for (Manifest manifest : manifests) {
            if (around.madeHere(manifest)) {
                continue;
            }
            for (Template template : Template.of(manifest)) {
                // kubectl prints each pod of a ReplicaSet; they are alike.
                Optional<Value> controller = manifest.controller();
                if (controller.isPresent()
                        && !seen.add(manifest.namespace() + "/" + template.kind() + "/" + template.name())) {
                    continue;
                }
                templates++;
                Accepted accepted = Accepted.of(template);
                accepted.problems()
                        .forEach(problem -> remarks.add(
                                manifest.file() + ":" + manifest.object().line() + ": " + problem));
                Rules.findings(subject(template, around, terms)).stream()
                        .filter(finding -> !disabled.contains(finding.name()))
                        .map(finding ->
                                located(template, finding, accepted.reasons().get(finding.name())))
                        .forEach(located::add);
            }
        }
        return new Lint(located, remarks, manifests.size(), templates);
    }

    List<Located> open() {
        return located.stream().filter(each -> each.accepted() == null).toList();
    }

    private static Subject subject(Template template, Surroundings around, Terms terms) {
        PodTemplate pod = PodReader.read(template);
        EngineFacts engine = ManifestEngine.of(pod);
        engine = switch (template.role()) {
            case OPEN -> engine;
            case WORKER -> new EngineFacts(Engine.NONE, null, null, null);
            case SERVES ->
                engine.serves() ? engine : new EngineFacts(Engine.GENERIC, engine.capacity(), null, engine.coldStart());
        };
        Manifest owner = template.owner();
        // The pod that is drained was there, whatever an autoscaler may take away.
        Integer replicas = template.replicas() == null
                ? null
                : around.leastReplicas(owner).map(least -> Math.max(1, least)).orElse(template.replicas());
        List<Router> routers = around.routers(template, pod.labels());
        return new Subject(
                new Workload(
                        template.kind(),
                        owner.namespace(),
                        template.name(),
                        replicas,
                        around.together(template, ServedModel.of(pod), routers, replicas)),
                pod,
                around.budgets(owner, pod.labels()),
                routers,
                around.linked(owner),
                engine,
                terms);
    }

    private static Located located(Template template, Finding finding, @Nullable String accepted) {
        Manifest owner = template.owner();
        return new Located(
                owner.file(),
                Lines.of(template, finding.place()),
                template.kind(),
                owner.namespace(),
                template.name(),
                finding,
                accepted);
    }
}
