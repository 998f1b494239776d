package dev.lastcall.notice;

import java.util.List;

/** What one text of a source means. Parsing never throws: text that is no answer is {@link Garbled}. */
public sealed interface Parsed {

    /** A well-formed answer: these interruptions, none if empty. */
    record Understood(List<Sighting> sightings) implements Parsed {
        public Understood {
            sightings = List.copyOf(sightings);
        }
    }

    /** Not an answer of this source, and why, in a few words that quote nothing of the text. */
    record Garbled(String why) implements Parsed {}

    static Parsed none() {
        return new Understood(List.of());
    }

    static Parsed one(Sighting sighting) {
        return new Understood(List.of(sighting));
    }
}
