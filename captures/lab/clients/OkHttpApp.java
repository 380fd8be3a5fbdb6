import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collections;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;

/**
 * An app with OkHttp, the HTTP library of most Android apps, here on the JDK's TLS. Arguments as in
 * common.py, with one more word for VERIFY: anyname trusts as usual but checks no host name.
 */
public final class OkHttpApp {
    public static void main(String[] args) throws Exception {
        String ca = args[0], maximum = args[1], verify = args[2], pin = args[3];
        X509TrustManager trust = trustManager(ca);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {trust}, null);
        TlsVersion[] versions = maximum.equals("1.2")
            ? new TlsVersion[] {TlsVersion.TLS_1_2}
            : new TlsVersion[] {TlsVersion.TLS_1_3, TlsVersion.TLS_1_2};
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
            .retryOnConnectionFailure(false)
            .sslSocketFactory(tls.getSocketFactory(), trust)
            .connectionSpecs(Collections.singletonList(
                new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS).tlsVersions(versions).build()));
        if (verify.equals("anyname")) {
            builder.hostnameVerifier((host, session) -> true);
        }
        if (!pin.equals("none")) {
            builder.certificatePinner(new CertificatePinner.Builder().add("*.shop.test", "sha256/" + pin).build());
        }
        OkHttpClient client = builder.build();
        int code = 0;
        try {
            for (String url : Arrays.copyOfRange(args, 4, args.length)) {
                Request request = new Request.Builder().url(url).header("User-Agent", "shop/4.2 okhttp").build();
                try (Response answer = client.newCall(request).execute()) {
                    answer.body().bytes();
                }
            }
        } catch (IOException refused) {
            System.err.println(refused);
            code = 1;
        }
        client.connectionPool().evictAll();
        System.exit(code);
    }

    private static X509TrustManager trustManager(String file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = new FileInputStream(file)) {
            int number = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("root" + number++, (X509Certificate) root);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }
}
