package dev.lastcall.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule that finds nothing may be a rule that can't find anything: each is shown a class that breaks it. */
class RulesCanFailTest {

    private static final ArchitectureRules RULES = new ArchitectureRules(ArchitectureRules.WRONG);
    private static final JavaClasses WRONG = new ClassFileImporter().importPackages(ArchitectureRules.WRONG);

    @ParameterizedTest(name = "{1}")
    @MethodSource("offences")
    void the_offender_is_named(ArchRule rule, String offender) {
        EvaluationResult result = rule.evaluate(WRONG);
        assertThat(result.hasViolation()).isTrue();
        assertThat(String.join("\n", result.getFailureReport().getDetails())).contains(offender);
    }

    static List<Arguments> offences() {
        return List.of(
                Arguments.of(RULES.jnaOnlyInNvml(), "CallsNativeCode"),
                Arguments.of(RULES.fabric8OnlyInKube(), "KnowsTheClientsModel"),
                Arguments.of(RULES.grpcOnlyForTheKubelet(), "DialsTheKubelet"),
                Arguments.of(RULES.micrometerOnlyInMetrics(), "CountsByItself"),
                Arguments.of(RULES.theExpositionOnlyInMetrics(), "WritesAPage"),
                Arguments.of(RULES.channelsAndSchedulesOnlyInPipeline(), "ListensToAChannel"),
                Arguments.of(RULES.theCoreKnowsNoFramework(), "StartsWithQuarkus"),
                Arguments.of(RULES.theCoreKnowsNoAdapter(), "KnowsAnAdapter"),
                Arguments.of(RULES.nobodyKnowsThePipeline(), "Adapter"),
                Arguments.of(RULES.noCyclesBetweenPackages(), "Wiring"),
                Arguments.of(RULES.noWallClock(), "ReadsTheClock"),
                Arguments.of(RULES.waitsOnlyThroughItsPorts(), "SleepsByItself"),
                Arguments.of(RULES.constructorInjectionOnly(), "InjectsAField"),
                Arguments.of(RULES.noGrabBagNames(), "GpuHelper"),
                Arguments.of(RULES.everyClassInPipelineWires(), "Wiring"),
                Arguments.of(RULES.theRootsAreValues(), "WaitsForALock"),
                Arguments.of(RULES.noStaticStateThatLives(), "HoldsAThread"),
                Arguments.of(RULES.lintContactsNothing(), "AsksTheCluster"));
    }

    @Test
    void no_rule_goes_unproven() {
        assertThat(offences()).hasSameSizeAs(RULES.all());
    }
}
