package dev.lastcall.support.faults;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A key with a certificate for 127.0.0.1 that it has signed itself, so that it is its own authority.
 *
 * @param certificate in PEM: what {@code ca.crt} holds
 * @param context for a server that shows it
 */
public record TlsIdentity(String certificate, SSLContext context) {

    private static final String PASSWORD = "changeit";

    /**
     * Makes a new one with the JDK's keytool.
     *
     * @param store where the key is kept; must not exist
     */
    public static TlsIdentity create(Path store) throws IOException, InterruptedException {
        String name = String.valueOf(store.getFileName());
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "server",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-ext",
                        "BC=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            byte[] encoded = keys.getCertificate("server").getEncoded();
            String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
            return new TlsIdentity("-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n", context);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use " + store, e);
        }
    }
}
