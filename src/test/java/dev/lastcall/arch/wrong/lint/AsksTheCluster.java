package dev.lastcall.arch.wrong.lint;

import java.net.http.HttpClient;

/** A lint that goes and asks. */
public final class AsksTheCluster {
    public HttpClient client() {
        return HttpClient.newHttpClient();
    }
}
