package dev.lastcall.pipeline;

import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.SourceStates;
import io.quarkus.arc.DefaultBean;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** The notice side's beans that are plain classes, and what it does without an API server. */
class NoticeBeans {

    @Produces
    @Singleton
    SourceStates sourceStates() {
        return new SourceStates();
    }

    /** Without an API server nothing is known of the Node, and {@code auto} selects nothing. */
    @Produces
    @Singleton
    @DefaultBean
    NodeFacts.Provider nodeFacts() {
        return () -> CompletableFuture.completedFuture(NodeFacts.unknown());
    }

    @Produces
    @Singleton
    @DefaultBean
    InstantSource clock() {
        return InstantSource.system();
    }
}
