package dev.lastcall.allocation;

/** Asks the kubelet what it has given to whom. One caller at a time, never on the path of a scrape. */
public interface PodResourcesReader extends AutoCloseable {

    /** One request with a deadline; everything that may go wrong is an answer. */
    PodResourcesAnswer list();

    @Override
    void close();
}
