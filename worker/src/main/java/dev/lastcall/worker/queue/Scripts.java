package dev.lastcall.worker.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The scripts that make each step of a job one step: each stands in its own file, after a common start. */
final class Scripts {

    final String claim = load("claim");
    final String renew = load("renew");
    final String ack = load("ack");
    final String bury = load("bury");
    final String release = load("release");
    final String postpone = load("postpone");
    final String checkpoint = load("checkpoint");
    final String state = load("state");
    final String submit = load("submit");

    private static String load(String name) {
        return read("prelude") + read(name);
    }

    private static String read(String name) {
        String path = "/lua/" + name + ".lua";
        try (InputStream in = Scripts.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException(path + " is not in the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
