package dev.lastcall.worker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Job;
import dev.lastcall.worker.job.JobReader;
import dev.lastcall.worker.job.JobReading;
import dev.lastcall.worker.job.Json;
import dev.lastcall.worker.job.Malformed;
import dev.lastcall.worker.queue.JobQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code submit FILE.jsonl}: all of the file's jobs or none. */
public final class SubmitCommand {

    /** The file can't be read, or one of its lines is no job. */
    static final int BAD_INPUT = 2;

    private final JobQueue queue;
    private final Json json;
    private final InstantSource clock;

    public SubmitCommand(JobQueue queue, Json json, InstantSource clock) {
        this.queue = queue;
        this.json = json;
        this.clock = clock;
    }

    public int run(String file) {
        List<String> lines;
        try {
            lines = file.equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList()
                    : Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            System.err.println("lastcall-worker: " + file + " can't be read: " + e.getMessage());
            return BAD_INPUT;
        }
        List<String> problems = new ArrayList<>();
        List<String> jobs = jobs(lines, problems);
        if (!problems.isEmpty()) {
            problems.forEach(problem -> System.err.println("lastcall-worker: " + file + problem));
            System.err.println("lastcall-worker: nothing was submitted");
            return BAD_INPUT;
        }
        JobQueue.Submitted submitted = queue.submit(jobs);
        System.out.println("submitted " + submitted.added() + " jobs"
                + (submitted.known() == 0
                        ? ""
                        : "; " + submitted.known()
                                + " have a result or are under way already and were not added again"));
        return 0;
    }

    /** The jobs as they are pushed: with their name and their place in the file. */
    List<String> jobs(List<String> lines, List<String> problems) {
        JobReader reader = new JobReader(json);
        String batch = String.format(Locale.ROOT, "%013d", clock.millis());
        List<String> jobs = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank()) {
                continue;
            }
            String at = ":" + (i + 1) + ": ";
            ObjectNode job;
            try {
                if (!(json.read(line) instanceof ObjectNode object)) {
                    problems.add(at + "a job is a JSON object with \"request\" or \"body\"");
                    continue;
                }
                job = object;
            } catch (JsonProcessingException e) {
                problems.add(at + "not JSON: " + e.getOriginalMessage());
                continue;
            }
            String id = job.path("id").isTextual()
                    ? job.path("id").textValue()
                    : job.path("custom_id").isTextual() ? job.path("custom_id").textValue() : digest(job);
            JobReading reading = reader.read(id, line);
            if (reading instanceof Malformed malformed) {
                problems.add(at + malformed.reason());
                continue;
            }
            if (id.isEmpty() || id.getBytes(StandardCharsets.UTF_8).length > 512) {
                problems.add(at + "\"id\" is a string of 1 to 512 bytes");
                continue;
            }
            Integer before = seen.putIfAbsent(id, i + 1);
            if (before != null) {
                problems.add(at + "the id \"" + id + "\" is that of line " + before + " too");
                continue;
            }
            if (!(reading instanceof Job)) {
                continue;
            }
            job.put("id", id);
            job.put("order", batch + "-" + String.format(Locale.ROOT, "%09d", i + 1));
            jobs.add(json.write(job));
        }
        if (jobs.isEmpty() && problems.isEmpty()) {
            problems.add(": no job in it");
        }
        return jobs;
    }

    /** Of the body, so that the same line submitted again is the same job. */
    private String digest(ObjectNode job) {
        String body = json.write(job.has("request") ? job.path("request") : job.path("body"));
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(body.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }
}
