package dev.lastcall.lint;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One Kubernetes object of the input.
 *
 * @param namespace empty where none is written: it may be any, since tools add it when they apply
 */
record Manifest(String file, Value object, String kind, String name, String namespace) {

    Manifest(String file, Value object) {
        this(
                file,
                object,
                object.text("kind").orElse(""),
                object.text("metadata", "name")
                        .or(() -> object.text("metadata", "generateName"))
                        .orElse(""),
                object.text("metadata", "namespace").orElse(""));
    }

    /** The owner that controls it; empty for one that a person made. */
    Optional<Value> controller() {
        return object.items("metadata", "ownerReferences").stream()
                .filter(owner -> owner.truth("controller").orElse(false))
                .findFirst();
    }

    boolean sameNamespace(Manifest other) {
        return namespace().isEmpty()
                || other.namespace().isEmpty()
                || namespace().equals(other.namespace());
    }

    /**
     * The objects of a file, those in Lists unpacked.
     *
     * @throws Unreadable for a document that is no object
     */
    static List<Manifest> read(String file, String text) throws Unreadable {
        List<Manifest> found = new ArrayList<>();
        for (Value document : Documents.read(file, text)) {
            unpack(file, document, found);
        }
        return found;
    }

    private static void unpack(String file, Value value, List<Manifest> found) throws Unreadable {
        if (value instanceof Value.Sequence several) {
            for (Value each : several.items()) {
                unpack(file, each, found);
            }
            return;
        }
        if (!(value instanceof Value.Mapping)) {
            throw new Unreadable(file + ":" + value.line() + ": no Kubernetes object, but a text");
        }
        Manifest manifest = new Manifest(file, value);
        for (String field : List.of(manifest.kind(), manifest.name())) {
            if (field.contains("{{")) {
                throw new Unreadable(file + ":" + value.line() + ": '" + field
                        + "' is a template that is not rendered: pipe the output of 'helm template' into lint");
            }
        }
        if (manifest.kind().endsWith("List") && value.at("items").isPresent()) {
            for (Value item : value.items("items")) {
                unpack(file, item, found);
            }
        } else {
            found.add(manifest);
        }
    }
}
