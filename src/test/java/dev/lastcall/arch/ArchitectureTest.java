package dev.lastcall.arch;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The agent keeps to its own architecture. */
class ArchitectureTest {

    private static final JavaClasses AGENT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(new ImportOption.DoNotIncludeJars())
            .importPackages("dev.lastcall");

    @ParameterizedTest
    @MethodSource("rules")
    void the_agent_obeys(ArchRule rule) {
        rule.check(AGENT);
    }

    static List<ArchRule> rules() {
        return new ArchitectureRules("dev.lastcall").all();
    }
}
