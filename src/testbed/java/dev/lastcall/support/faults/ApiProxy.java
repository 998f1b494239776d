package dev.lastcall.support.faults;

import dev.lastcall.support.controlplane.ControlPlane;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the API server: HTTP/1.1 in, HTTPS out, with whatever bearer token the client sent. Passes everything
 * through, watches (streamed) and upgrades included, records every request, and does to it what the injected faults
 * say. The first fault that takes a request wins, in order of injection.
 */
public final class ApiProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final InetSocketAddress apiServer;
    private final SocketFactory upstream;
    private final List<InjectedFault> faults = new CopyOnWriteArrayList<>();
    private final List<RecordedRequest> requests = new CopyOnWriteArrayList<>();
    private final Set<ProxyConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean down = new AtomicBoolean();
    private volatile @Nullable TlsIdentity identity;

    private ApiProxy(InetSocketAddress apiServer, SocketFactory upstream) throws IOException {
        this.apiServer = apiServer;
        this.upstream = upstream;
        this.listener = new ServerSocket(0, 128, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().name("api-proxy").start(this::accept);
    }

    public static ApiProxy before(ControlPlane plane) throws IOException {
        URI server = URI.create(plane.server());
        return new ApiProxy(new InetSocketAddress(server.getHost(), server.getPort()), trusting(plane.authority()));
    }

    /** Base URL for clients, {@code http://127.0.0.1:PORT}; see {@link ControlPlane#kubeconfigVia}. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    public int port() {
        return listener.getLocalPort();
    }

    public InjectedFault inject(Fault fault) {
        InjectedFault injected = new InjectedFault(fault);
        faults.add(injected);
        return injected;
    }

    /** Takes all faults back. */
    public void heal() {
        faults.forEach(InjectedFault::close);
        faults.clear();
        down.set(false);
    }

    /** Resets every connection and each new one at once, until {@link #heal}. */
    public void outage() {
        down.set(true);
        cutConnections();
    }

    /** Resets every connection once; clients may come back at once. */
    public void cutConnections() {
        connections.forEach(ProxyConnection::reset);
    }

    /** Resets the connections on which a watch is running. */
    public void cutWatches() {
        connections.stream().filter(ProxyConnection::watching).forEach(ProxyConnection::reset);
    }

    /** From now on nothing that the API server says comes through on the connections that are open; new ones are well. */
    public void muteConnections() {
        connections.forEach(ProxyConnection::mute);
    }

    /** Speaks TLS to clients from now on, as this server; on new connections only. */
    public void identity(TlsIdentity shown) {
        identity = shown;
    }

    /** Every request so far, in the order in which their answers began. */
    public List<RecordedRequest> requests() {
        return List.copyOf(requests);
    }

    /** Those of {@link #requests()} with that method and a path that matches wholly. */
    public List<RecordedRequest> requests(String method, String pathRegex) {
        return requests.stream()
                .filter(request ->
                        request.method().equals(method) && request.path().matches(pathRegex))
                .toList();
    }

    public void forgetRequests() {
        requests.clear();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            // A listener that cannot be closed takes no more connections either; the rest still has to go.
            System.out.println("api proxy: " + e);
        }
        cutConnections();
    }

    Socket connect() throws IOException {
        Socket socket = upstream.createSocket(apiServer.getAddress(), apiServer.getPort());
        socket.setTcpNoDelay(true);
        return socket;
    }

    Optional<InjectedFault> faultFor(String method, String path) {
        return faults.stream().filter(fault -> fault.takes(method, path)).findFirst();
    }

    void record(RecordedRequest request) {
        requests.add(request);
    }

    void ended(ProxyConnection connection) {
        connections.remove(connection);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                client.setTcpNoDelay(true);
                ProxyConnection connection = new ProxyConnection(this, secured(client));
                connections.add(connection);
                if (down.get() || listener.isClosed()) {
                    connection.reset();
                } else {
                    Thread.ofVirtual().name("api-proxy-connection").start(connection);
                }
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    System.out.println("api proxy: " + e);
                }
            }
        }
    }

    private Socket secured(Socket client) throws IOException {
        TlsIdentity shown = identity;
        if (shown == null) {
            return client;
        }
        SSLSocket secured =
                (SSLSocket) shown.context().getSocketFactory().createSocket(client, null, client.getPort(), true);
        secured.setUseClientMode(false);
        return secured;
    }

    private static SocketFactory trusting(Path authority) throws IOException {
        try (InputStream pem = Files.newInputStream(authority)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int i = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + i++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot trust " + authority, e);
        }
    }
}
