package dev.lastcall.support.keda;

import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What lets the API server hand requests on: an authority and a client certificate for its front proxy, and one pair that
 * operator and adapter share, as server and as client.
 */
record KedaCertificates(Path directory) {

    static KedaCertificates create(Path directory) throws IOException {
        KedaCertificates files = new KedaCertificates(directory);
        Files.createDirectories(files.keda());
        files.authority("front-proxy-ca");
        files.signed("front-proxy", "front-proxy-ca", "front-proxy-client", "extendedKeyUsage=clientAuth");
        files.authority("ca");
        files.signed(
                "tls",
                "ca",
                "keda",
                "extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1,"
                        + "DNS:keda-operator.keda.svc,DNS:keda-metrics-apiserver.keda.svc");
        for (String name : List.of("ca.crt", "tls.crt", "tls.key")) {
            Files.copy(files.directory.resolve(name), files.keda().resolve(name));
        }
        return files;
    }

    /** The folder with the names that KEDA expects: ca.crt, tls.crt, tls.key. */
    Path keda() {
        return directory.resolve("keda");
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    private void authority(String name) {
        openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-keyout",
                path(name + ".key"),
                "-out",
                path(name + ".crt"));
    }

    private void signed(String name, String authority, String subject, String extensions) throws IOException {
        Files.writeString(file(name + ".ext"), extensions);
        openssl(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj",
                "/CN=" + subject,
                "-keyout",
                path(name + ".key"),
                "-out",
                path(name + ".csr"));
        openssl(
                "x509",
                "-req",
                "-in",
                path(name + ".csr"),
                "-CA",
                path(authority + ".crt"),
                "-CAkey",
                path(authority + ".key"),
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                path(name + ".ext"),
                "-out",
                path(name + ".crt"));
    }

    private String path(String name) {
        return file(name).toString();
    }

    private static void openssl(String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        ToolRun run = ToolRun.of(command, Map.of());
        if (!run.successful()) {
            throw new IllegalStateException(command + ": " + run.all());
        }
    }
}
