package dev.lastcall.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The directions of docs/ARCHITECTURE.md as rules. {@link ArchitectureTest} holds the agent to them and
 * {@link RulesCanFailTest} shows for each that a class which breaks it is found.
 *
 * <p>Over 300 lines: it is one list of rules.
 */
final class ArchitectureRules {

    /** What a deliberately wrong class is called in place of {@code dev.lastcall}. */
    static final String WRONG = "dev.lastcall.arch.wrong";

    private final String base;

    /** @param base {@code dev.lastcall}, or {@link #WRONG} */
    ArchitectureRules(String base) {
        this.base = base;
    }

    List<ArchRule> all() {
        return List.of(
                jnaOnlyInNvml(),
                fabric8OnlyInKube(),
                grpcOnlyForTheKubelet(),
                micrometerOnlyInMetrics(),
                theExpositionOnlyInMetrics(),
                channelsAndSchedulesOnlyInPipeline(),
                theCoreKnowsNoFramework(),
                theCoreKnowsNoAdapter(),
                nobodyKnowsThePipeline(),
                noCyclesBetweenPackages(),
                noWallClock(),
                waitsOnlyThroughItsPorts(),
                constructorInjectionOnly(),
                noGrabBagNames(),
                everyClassInPipelineWires(),
                theRootsAreValues(),
                noStaticStateThatLives(),
                lintContactsNothing());
    }

    ArchRule jnaOnlyInNvml() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".gpu.nvml..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .because("a bad native call ends the process; all of them are read in one package")
                .allowEmptyShould(true);
    }

    ArchRule fabric8OnlyInKube() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".kube..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fabric8..")
                .because("a drain decides on its own values, not on the client's model")
                .allowEmptyShould(true);
    }

    ArchRule grpcOnlyForTheKubelet() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".allocation.kubelet..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "io.netty..")
                .because("what the kubelet said is a value before anybody judges it")
                .allowEmptyShould(true);
    }

    ArchRule micrometerOnlyInMetrics() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .because("names, units and labels are kept in one place")
                .allowEmptyShould(true);
    }

    ArchRule theExpositionOnlyInMetrics() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.prometheus..")
                .because("how series become a page is known in one place, which can change its library alone")
                .allowEmptyShould(true);
    }

    ArchRule channelsAndSchedulesOnlyInPipeline() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".pipeline..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.eclipse.microprofile.reactive.messaging..",
                        "io.smallrye.reactive.messaging..",
                        "io.quarkus.scheduler..")
                .because("what runs when is read in one package")
                .allowEmptyShould(true);
    }

    ArchRule theCoreKnowsNoFramework() {
        return noClasses()
                .that(core())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "org.eclipse.microprofile..", "io.smallrye..")
                .because("every decision can be tried without starting anything")
                .allowEmptyShould(true);
    }

    ArchRule theCoreKnowsNoAdapter() {
        return noClasses()
                .that(core())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        base + ".kube..",
                        base + ".metrics..",
                        base + ".health..",
                        base + ".web..",
                        base + ".webhook..",
                        base + ".allocation.kubelet..",
                        base + ".config..")
                .because("adapters know the core, never the other way round")
                .allowEmptyShould(true);
    }

    ArchRule nobodyKnowsThePipeline() {
        return noClasses()
                .that()
                .resideOutsideOfPackage(base + ".pipeline..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(base + ".pipeline..")
                .because("it is the wiring; a part that knows it can't be used without it")
                .allowEmptyShould(true);
    }

    ArchRule noCyclesBetweenPackages() {
        return slices().matching(base + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true);
    }

    ArchRule noWallClock() {
        DescribedPredicate<JavaAccess<?>> reads = new DescribedPredicate<>("read the machine's clock") {
            @Override
            public boolean test(JavaAccess<?> access) {
                JavaClass owner = access.getTargetOwner();
                boolean now = access.getName().equals("now")
                        && List.of(Instant.class, LocalDateTime.class, OffsetDateTime.class, ZonedDateTime.class)
                                .stream()
                                .anyMatch(owner::isEquivalentTo)
                        && !access.getDescription().contains("now(java.time.Clock)");
                return now
                        || owner.isEquivalentTo(System.class)
                                && access.getName().equals("currentTimeMillis")
                        || owner.isEquivalentTo(java.time.Clock.class)
                                && access.getName().startsWith("system");
            }
        };
        return noClasses()
                .should()
                .accessTargetWhere(reads)
                .because("a deadline is computed from an injected InstantSource, which a test can hold still")
                .allowEmptyShould(true);
    }

    /** {@code Changes} is {@code Waiting} in real time; {@code Ticks} is the port of the notice side. */
    ArchRule waitsOnlyThroughItsPorts() {
        DescribedPredicate<JavaAccess<?>> waits = new DescribedPredicate<>("sleep or wait for a real time") {
            @Override
            public boolean test(JavaAccess<?> access) {
                JavaClass owner = access.getTargetOwner();
                String name = access.getName();
                return owner.isAssignableTo(Thread.class) && name.equals("sleep")
                        || owner.isEquivalentTo(TimeUnit.class) && name.equals("sleep")
                        || owner.isAssignableTo(Condition.class) && name.startsWith("await")
                        || owner.isEquivalentTo(LockSupport.class) && name.startsWith("park")
                        || owner.isEquivalentTo(Object.class) && name.equals("wait");
            }
        };
        return noClasses()
                .that()
                .resideInAnyPackage(base + ".drain..", base + ".notice", base + ".notice.watch..")
                .and(not(simpleName("Changes").or(simpleName("Ticks"))))
                .should()
                .accessTargetWhere(waits)
                .because("a test walks two minutes in milliseconds, with every race in the order it wants")
                .allowEmptyShould(true);
    }

    ArchRule constructorInjectionOnly() {
        return noFields()
                .should()
                .beAnnotatedWith("jakarta.inject.Inject")
                .orShould()
                .beAnnotatedWith("org.eclipse.microprofile.config.inject.ConfigProperty")
                .orShould()
                .beAnnotatedWith("org.eclipse.microprofile.reactive.messaging.Channel")
                .because("what a class needs stands in its constructor")
                .allowEmptyShould(true);
    }

    ArchRule noGrabBagNames() {
        return noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Manager|Helper|Helpers|Impl)")
                .because("a name says what the thing is")
                .allowEmptyShould(true);
    }

    ArchRule everyClassInPipelineWires() {
        DescribedPredicate<JavaClass> wires = new DescribedPredicate<>("be asked for by the framework") {
            @Override
            public boolean test(JavaClass type) {
                Stream<JavaAnnotation<?>> all = Stream.concat(
                        type.getAnnotations().stream(),
                        type.getMembers().stream().flatMap(member -> member.getAnnotations().stream()));
                return all.map(annotation -> annotation.getRawType().getPackageName())
                        .anyMatch(from -> from.startsWith("jakarta.enterprise")
                                || from.startsWith("jakarta.inject")
                                || from.startsWith("org.eclipse.microprofile.reactive.messaging")
                                || from.startsWith("io.quarkus.scheduler"));
            }
        };
        return classes()
                .that()
                .resideInAPackage(base + ".pipeline..")
                .and()
                .areTopLevelClasses()
                .and()
                .haveSimpleNameNotEndingWith("Beans")
                .and(not(simpleName("package-info")))
                .should(be(wires))
                .because("logic that stands in the wiring is tried by nobody; it belongs beside what it decides about")
                .allowEmptyShould(true);
    }

    ArchRule theRootsAreValues() {
        return noClasses()
                .that()
                .resideInAnyPackage(
                        base + ".drain", base + ".notice", base + ".fragmentation", base + ".gpu", base + ".allocation")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("java.net..", "java.nio.channels..", "java.util.concurrent.locks..")
                                .or(assignableTo(Thread.class))
                                .as("are a socket, a thread or a lock"))
                .because("what decides is a function of values, tried without waiting for anything")
                .allowEmptyShould(true);
    }

    private static ArchCondition<JavaClass> be(DescribedPredicate<JavaClass> wanted) {
        return new ArchCondition<>(wanted.getDescription()) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                events.add(new SimpleConditionEvent(
                        type, wanted.test(type), type.getName() + " is only called by its neighbours"));
            }
        };
    }

    ArchRule noStaticStateThatLives() {
        return noFields()
                .that()
                .areStatic()
                .should()
                .haveRawType(assignableTo("com.sun.jna.NativeLibrary")
                        .or(assignableTo("com.sun.jna.Library"))
                        .or(assignableTo(Thread.class))
                        .or(assignableTo(Random.class))
                        .or(assignableTo(InstantSource.class))
                        .or(assignableTo(java.util.concurrent.ExecutorService.class)))
                .because("Quarkus initialises every class while the native image is built")
                .allowEmptyShould(true);
    }

    ArchRule lintContactsNothing() {
        return noClasses()
                .that()
                .resideInAPackage(base + ".lint..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net.http..",
                        "java.nio.channels..",
                        "javax.net..",
                        "io.quarkus..",
                        "io.vertx..",
                        "io.smallrye..",
                        base + ".kube..",
                        base + ".web..",
                        base + ".metrics..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching(
                        "java\\.net\\.(Socket|ServerSocket|DatagramSocket|URL|URLConnection|HttpURLConnection)")
                .because("it runs in CI, on manifests of others, and starts in milliseconds")
                .allowEmptyShould(true);
    }

    private DescribedPredicate<JavaClass> core() {
        return resideInAnyPackage(
                        base + ".gpu",
                        base + ".fragmentation..",
                        base + ".migplan",
                        base + ".allocation",
                        base + ".notice..",
                        base + ".drain..",
                        base + ".serving..")
                .as("in the core");
    }
}
