package dev.lastcall.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.web.DrainRow;
import dev.lastcall.web.GpuRow;
import dev.lastcall.web.NoticeRow;
import dev.lastcall.web.SourceRow;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Jackson turns the rows of the state into maps by reflection, which a native executable only has for what is listed. Guards
 * against a section that shows on the JVM and is "unavailable" natively.
 */
class NativeStateTest {

    private static final Path FILE =
            Path.of("native/metadata/META-INF/native-image/dev.lastcall/state/reachability-metadata.json");

    private final Set<String> records = new TreeSet<>();

    @Test
    void every_record_that_a_section_of_the_state_shows_is_listed_and_nothing_else() throws IOException {
        Stream.of(GpuRow.class, DrainRow.class, NoticeRow.class, SourceRow.class)
                .forEach(this::visit);
        Set<String> listed = new TreeSet<>();
        new ObjectMapper()
                .readTree(FILE.toFile())
                .path("reflection")
                .forEach(entry -> listed.add(entry.path("type").asText()));

        assertThat(listed).isEqualTo(records);
    }

    private void visit(Type type) {
        if (type instanceof ParameterizedType generic) {
            List.of(generic.getActualTypeArguments()).forEach(this::visit);
        } else if (type instanceof Class<?> row && row.isRecord() && records.add(row.getName())) {
            for (RecordComponent component : row.getRecordComponents()) {
                visit(component.getGenericType());
            }
        }
    }
}
