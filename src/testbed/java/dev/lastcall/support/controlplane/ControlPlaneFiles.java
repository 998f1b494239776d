package dev.lastcall.support.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of one control plane, all in one temporary directory of its own, never the user's. */
final class ControlPlaneFiles {

    private final Path directory;

    private ControlPlaneFiles(Path directory) {
        this.directory = directory;
    }

    static ControlPlaneFiles create(List<ControlPlaneUser> users) throws IOException {
        ControlPlaneFiles files = new ControlPlaneFiles(Files.createTempDirectory("lastcall-testbed-"));
        Files.writeString(
                files.tokens(), users.stream().map(ControlPlaneUser::line).collect(Collectors.joining("\n", "", "\n")));
        KeyPair serviceAccounts = newKeyPair();
        Files.writeString(
                files.serviceAccountKey(),
                pem("PRIVATE KEY", serviceAccounts.getPrivate().getEncoded()));
        Files.writeString(
                files.serviceAccountPublicKey(),
                pem("PUBLIC KEY", serviceAccounts.getPublic().getEncoded()));
        // RequestReceived adds a line per request and no fact that the later stages lack.
        Files.writeString(files.auditPolicy(), """
                apiVersion: audit.k8s.io/v1
                kind: Policy
                omitStages: [RequestReceived]
                rules:
                  - level: Metadata
                """);
        return files;
    }

    Path tokens() {
        return directory.resolve("tokens.csv");
    }

    Path serviceAccountKey() {
        return directory.resolve("service-accounts.pem");
    }

    Path serviceAccountPublicKey() {
        return directory.resolve("service-accounts.pub.pem");
    }

    Path auditPolicy() {
        return directory.resolve("audit-policy.yaml");
    }

    Path auditLog() {
        return directory.resolve("audit.log");
    }

    Path etcdData() {
        return directory.resolve("etcd");
    }

    Path certificates() {
        return directory.resolve("certificates");
    }

    /** Written by the API server when it starts: its certificate with the authority that signed it. */
    Path authority() {
        return certificates().resolve("apiserver.crt");
    }

    /** There once {@link #authority()} is whole. */
    Path authorityWritten() {
        return certificates().resolve("apiserver.key");
    }

    Path log(String program) {
        return directory.resolve(program + ".log");
    }

    /** Writes a kubeconfig that signs in with a bearer token. The directory is readable by its owner only. */
    Path writeKubeconfig(String name, String server, String token) {
        Path file = directory.resolve(name.replaceAll("[^A-Za-z0-9.-]", "-") + ".kubeconfig");
        try {
            return Files.writeString(file, """
                    apiVersion: v1
                    kind: Config
                    current-context: testbed
                    clusters:
                      - name: testbed
                        cluster: {server: "%s", certificate-authority: "%s"}
                    users:
                      - name: user
                        user: {token: "%s"}
                    contexts:
                      - name: testbed
                        context: {cluster: testbed, user: user, namespace: default}
                    """.formatted(server, authority(), token));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    void delete() {
        if (Boolean.getBoolean("testbed.keep")) {
            System.out.println("testbed: kept " + directory);
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.out.println("testbed: cannot delete " + directory + ": " + e.getMessage());
        }
    }

    private static KeyPair newKeyPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no EC keys", e);
        }
    }

    private static String pem(String kind, byte[] key) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)
                + "\n-----END " + kind + "-----\n";
    }
}
