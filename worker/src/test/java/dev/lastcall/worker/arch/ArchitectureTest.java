package dev.lastcall.worker.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.lastcall.worker.arch.offender.job.AsksRedis;
import dev.lastcall.worker.arch.offender.run.KeepsAThread;
import org.junit.jupiter.api.Test;

/** Who may know what. */
class ArchitectureTest {

    private static final JavaClasses WORKER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(new ImportOption.DoNotIncludeJars())
            .importPackages("dev.lastcall.worker");

    private static final ArchRule REDIS_IN_THE_QUEUE_ONLY = noClasses()
            .that()
            .resideOutsideOfPackages("dev.lastcall.worker.queue..", "dev.lastcall.worker")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus.redis..", "io.vertx..");
    private static final ArchRule JOBS_ARE_VALUES = noClasses()
            .that()
            .resideInAnyPackage("..worker..job..", "..worker..config..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.quarkus..", "io.vertx..", "..worker.queue..", "..worker.engine..", "..worker.run..");
    private static final ArchRule NOTHING_STATIC_THAT_LIVES = fields().that()
            .areStatic()
            .should()
            .notHaveRawType(Thread.class)
            .andShould()
            .notHaveRawType(com.fasterxml.jackson.databind.json.JsonMapper.class)
            .andShould()
            .notHaveRawType(java.net.http.HttpClient.class)
            .andShould()
            .notHaveRawType(java.util.Random.class);

    @Test
    void only_the_queue_knows_redis() {
        REDIS_IN_THE_QUEUE_ONLY.check(WORKER);
        assertOffends(REDIS_IN_THE_QUEUE_ONLY, AsksRedis.class);
    }

    @Test
    void jobs_and_settings_are_values_that_know_nothing_of_what_is_done_with_them() {
        JOBS_ARE_VALUES.check(WORKER);
        assertOffends(JOBS_ARE_VALUES, AsksRedis.class);
    }

    @Test
    void no_static_field_holds_what_a_native_image_must_not_keep() {
        NOTHING_STATIC_THAT_LIVES.check(WORKER);
        assertOffends(NOTHING_STATIC_THAT_LIVES, KeepsAThread.class);
    }

    private static void assertOffends(ArchRule rule, Class<?> offender) {
        JavaClasses classes = new ClassFileImporter().importClasses(offender);
        assertThatThrownBy(() -> rule.check(classes)).isInstanceOf(AssertionError.class);
    }
}
