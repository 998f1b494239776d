package dev.lastcall.it;

import com.sun.net.httpserver.HttpServer;
import dev.lastcall.support.kubelet.RunningProgram;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** HTTP servers as the program of a pod: they end at once when they are told to. */
record RunningServers(List<HttpServer> servers, CompletableFuture<Integer> exited) implements RunningProgram {

    static RunningServers of(List<HttpServer> servers) {
        return new RunningServers(List.copyOf(servers), new CompletableFuture<>());
    }

    @Override
    public void terminate() {
        servers.forEach(server -> server.stop(0));
        exited.complete(0);
    }

    @Override
    public void kill() {
        terminate();
    }
}
