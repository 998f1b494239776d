package dev.lastcall.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;

/** What doctor prints: a table for people, an array for programs. */
enum Output {
    TEXT {
        @Override
        String of(List<Row> rows) {
            int width =
                    rows.stream().mapToInt(row -> row.check().length()).max().orElse(0);
            String format = "%-8s %-" + Math.max(1, width) + "s %s%n";
            StringBuilder text = new StringBuilder();
            for (Row row : rows) {
                text.append(format.formatted(row.status().label(), row.check(), row.detail()));
                if (!row.remedy().isEmpty()) {
                    text.append(format.formatted("", "", "-> " + row.remedy()));
                }
            }
            long problems = Row.Status.PROBLEM.count(rows);
            return text
                    + "%d checks: %d ok, %d %s, %d unknown%n"
                            .formatted(
                                    rows.size(),
                                    Row.Status.OK.count(rows),
                                    problems,
                                    problems == 1 ? "problem" : "problems",
                                    Row.Status.UNKNOWN.count(rows));
        }
    },
    JSON {
        /** Written with a generator, which needs no reflection. */
        @Override
        String of(List<Row> rows) throws IOException {
            StringWriter text = new StringWriter();
            try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
                generator.setPrettyPrinter(new DefaultPrettyPrinter());
                generator.writeStartArray();
                for (Row row : rows) {
                    generator.writeStartObject();
                    generator.writeStringField("check", row.check());
                    generator.writeStringField("status", row.status().label());
                    generator.writeStringField("detail", row.detail());
                    generator.writeStringField("remedy", row.remedy());
                    generator.writeEndObject();
                }
                generator.writeEndArray();
            }
            return text + "\n";
        }
    };

    abstract String of(List<Row> rows) throws IOException;
}
