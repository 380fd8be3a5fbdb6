import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionSpec;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.TlsVersion;

/** The shop's genuine apps, with OkHttp. Arguments: CA "STEP; STEP; …", steps as in shop_client.py. */
public final class OkHttpShop {
    private final X509TrustManager trust;
    private OkHttpClient client;
    private String base = "https://api.shop.test";
    private String agent = "ShopApp/5.2.1 (Android 14; Pixel 8) okhttp/4.12.0";
    private String token;
    private String apiKey;
    private Request last;
    private String lastBody;

    public static void main(String[] args) throws Exception {
        OkHttpShop app = new OkHttpShop(args[0]);
        for (String step : args[1].split("; ")) {
            app.perform(step.split(" "));
        }
        app.client.connectionPool().evictAll();
        System.exit(0);
    }

    private OkHttpShop(String ca) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = new FileInputStream(ca)) {
            int number = 0;
            for (Certificate root : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("root" + number++, root);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        trust = (X509TrustManager) factory.getTrustManagers()[0];
        client = trusting(new OkHttpClient.Builder().readTimeout(10, TimeUnit.SECONDS), trust).build();
    }

    private static OkHttpClient.Builder trusting(OkHttpClient.Builder builder, X509TrustManager trust)
            throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, new X509TrustManager[] {trust}, null);
        return builder.sslSocketFactory(tls.getSocketFactory(), trust);
    }

    private void perform(String[] step) throws Exception {
        switch (step[0]) {
            case "start":
                send("GET", "/v1/config", null);
                send("POST", "/v1/attest", "{\"device\":\"pixel-8\",\"integrity\":\"MEETS_DEVICE_INTEGRITY\"}");
                break;
            case "login":
                token = null;
                String password = step.length > 2 ? step[2] : "right-of-" + step[1];
                take(send("POST", "/v2/login", "{\"username\":\"" + step[1] + "\",\"password\":\"" + password + "\"}"));
                break;
            case "refresh":
                take(send("POST", "/v2/refresh", "{}"));
                break;
            case "get":
                send("GET", step[1], null);
                break;
            case "transfer":
                String nonce = step.length > 3 && !step[3].equals("new") ? step[3] : UUID.randomUUID().toString();
                transfer(step[1], step[2], nonce, step.length > 4 ? step[4] : null);
                break;
            case "old-shop-app":
                agent = "ShopApp/3.2 (Android 14; Pixel 8)";
                client = client.newBuilder().connectionSpecs(tls12(ConnectionSpec.MODERN_TLS)).build();
                break;
            case "pay-app":
                base = "https://pay.shop.test";
                agent = "PayApp/2.1 (Android 14; Pixel 8)";
                client = trusting(client.newBuilder(), pinned(step[1]))
                    .protocols(Collections.singletonList(Protocol.HTTP_1_1))
                    .connectionSpecs(tls12(ConnectionSpec.RESTRICTED_TLS))
                    .build();
                break;
            case "refused":
                try {
                    send("GET", step[1], null);
                } catch (SSLException refused) {
                    System.err.println(refused);
                    break;
                }
                throw new IllegalStateException("accepted");
            case "api-key":
                apiKey = step[1];
                break;
            case "pause":
                Thread.sleep((long) (1000 * Double.parseDouble(step[1])));
                break;
            case "patience":
                client = client.newBuilder()
                    .readTimeout((long) (1000 * Double.parseDouble(step[1])), TimeUnit.MILLISECONDS).build();
                break;
            case "reconnect":
                client.connectionPool().evictAll();
                break;
            case "keep-token":
                Files.write(Paths.get(step[1]), token.getBytes(StandardCharsets.UTF_8));
                break;
            case "take-token":
                token = new String(Files.readAllBytes(Paths.get(step[1])), StandardCharsets.UTF_8);
                break;
            case "keep-request":
                Files.write(Paths.get(step[1]), curlOptions().getBytes(StandardCharsets.UTF_8));
                break;
            default:
                throw new IllegalArgumentException(step[0]);
        }
    }

    private static List<ConnectionSpec> tls12(ConnectionSpec spec) {
        return Collections.singletonList(new ConnectionSpec.Builder(spec).tlsVersions(TlsVersion.TLS_1_2).build());
    }

    /**
     * Asks for the key of a chain's issuer where Android's network security configuration does: while the
     * chain is checked, so that the handshake ends with an alert.
     */
    private X509TrustManager pinned(String chainFile) throws Exception {
        String pin;
        try (InputStream pem = new FileInputStream(chainFile)) {
            Iterator<? extends Certificate> chain =
                CertificateFactory.getInstance("X.509").generateCertificates(pem).iterator();
            chain.next();
            pin = CertificatePinner.pin(chain.next());
        }
        return new X509TrustManager() {
            @Override public void checkClientTrusted(X509Certificate[] chain, String how) throws CertificateException {
                trust.checkClientTrusted(chain, how);
            }

            @Override public void checkServerTrusted(X509Certificate[] chain, String how) throws CertificateException {
                trust.checkServerTrusted(chain, how);
                if (Arrays.stream(chain).map(CertificatePinner::pin).noneMatch(pin::equals)) {
                    throw new CertificateException("no certificate of the chain is pinned");
                }
            }

            @Override public X509Certificate[] getAcceptedIssuers() {
                return trust.getAcceptedIssuers();
            }
        };
    }

    private void take(String answer) {
        Matcher found = Pattern.compile("\"access_token\": \"([^\"]+)\"").matcher(answer);
        token = found.find() ? found.group(1) : null;
    }

    private void transfer(String path, String cents, String nonce, String key) throws Exception {
        String body = "{\"to\":\"DE02-4711\",\"cents\":" + cents + "}";
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
        Request.Builder request = request(path)
            .header("X-Nonce", nonce)
            .header("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        try {
            send(request, "POST", body);
        } catch (InterruptedIOException late) {
            System.err.println(late);
        }
    }

    private Request.Builder request(String path) {
        Request.Builder request = new Request.Builder().url(base + path).header("User-Agent", agent);
        if (apiKey != null) {
            request.header("X-Api-Key", apiKey);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return request;
    }

    private String send(String method, String path, String body) throws Exception {
        return send(request(path), method, body);
    }

    private String send(Request.Builder request, String method, String body) throws Exception {
        RequestBody content = body == null ? null
            : RequestBody.create(MediaType.parse("application/json; charset=utf-8"), body);
        last = request.method(method, content).build();
        lastBody = body;
        try (Response answer = client.newCall(last).execute()) {
            return answer.body().string();
        }
    }

    /** The last request, as options for curl: what somebody has who recorded it. */
    private String curlOptions() {
        StringBuilder options = new StringBuilder("url = \"" + last.url() + "\"\n");
        for (String name : last.headers().names()) {
            options.append("header = \"" + name + ": " + last.header(name) + "\"\n");
        }
        options.append("header = \"Content-Type: application/json; charset=utf-8\"\n");
        return options + "data = \"" + lastBody.replace("\"", "\\\"") + "\"\n";
    }
}
