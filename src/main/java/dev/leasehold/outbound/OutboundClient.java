package dev.leasehold.outbound;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.Uri;
import akka.http.javadsl.model.headers.Host;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.headers.UserAgent;
import akka.http.javadsl.settings.ClientConnectionSettings;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.outbound.OutboundException.Kind;
import dev.leasehold.outbound.OutboundRequest.Overflow;
import dev.leasehold.outbound.OutboundResponse.Header;
import dev.leasehold.outbound.OutboundResponse.Hop;
import java.net.InetSocketAddress;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;

/**
 * Sends requests of tasks to the outside and reads the answers within limits. Every hop of every request passes the
 * {@link TargetGuard}; nothing is ever repeated by itself. Blocks, and is ended by an interrupt: for the threads of
 * handlers only.
 */
public final class OutboundClient {

    static final String DISPATCHER = "leasehold.outbound.dispatcher";

    /** Headers that may follow a redirect to another origin: anything else may be a secret of the first one. */
    private static final Set<String> HARMLESS = Set.of(
            "accept",
            "accept-language",
            "content-type",
            "idempotency-key",
            "if-modified-since",
            "if-none-match",
            "leasehold-attempt",
            "leasehold-fence",
            "leasehold-task");

    private static final String PARSING = """
            akka.http.client.parsing {
              max-header-count = 128
              max-header-value-length = 32k
              max-chunk-size = 4m
              modeled-header-parsing = off
              illegal-header-warnings = off
              illegal-response-header-name-processing-mode = ignore
              illegal-response-header-value-processing-mode = ignore
              conflicting-content-type-header-processing-mode = first
              error-logging-verbosity = off
            }
            """;

    private final akka.actor.ActorSystem system;
    private final OutboundSettings settings;
    private final TargetGuard guard;
    private final LongSupplier nanoTime;
    private final ClientConnectionSettings connectionSettings;
    private final Executor lookups;
    private final Semaphore connections;

    /** A client of its own limits and threads; {@code nanoTime} is monotonic. */
    public OutboundClient(ActorSystem<?> system, OutboundSettings settings, TargetGuard guard, LongSupplier nanoTime) {
        this.system = system.classicSystem();
        this.settings = settings;
        this.guard = guard;
        this.nanoTime = nanoTime;
        this.lookups = system.dispatchers().lookup(DispatcherSelector.fromConfig("leasehold.outbound.lookups"));
        this.connections = new Semaphore(settings.maxConnections(), true);
        Config parsing = ConfigFactory.parseString(PARSING)
                .withFallback(system.settings().config());
        this.connectionSettings = ClientConnectionSettings.create(parsing)
                .withConnectingTimeout(finite(settings.connectTimeout()))
                .withIdleTimeout(finite(settings.totalTimeout()))
                .withUserAgentHeader(Optional.of(UserAgent.create(settings.userAgent())));
    }

    private static scala.concurrent.duration.FiniteDuration finite(Duration duration) {
        return scala.concurrent.duration.Duration.create(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The guard that all requests pass. */
    public TargetGuard guard() {
        return guard;
    }

    /**
     * Sends a request and reads its answer.
     *
     * @throws OutboundException when there is no usable answer
     * @throws InterruptedException when the thread was interrupted; the connection is closed
     */
    public OutboundResponse send(OutboundRequest request) throws InterruptedException {
        long started = nanoTime.getAsLong();
        Deadline deadline = Deadline.in(settings.totalTimeout(), nanoTime);
        if (!connections.tryAcquire(deadline.nanosLeft(settings.maxConnectionWait()), TimeUnit.NANOSECONDS)) {
            throw new OutboundException(Kind.BUSY, false, "all outbound connections of this node are in use", null);
        }
        try {
            return follow(request, deadline, started);
        } finally {
            connections.release();
        }
    }

    /**
     * Loads what the first call needs: reads this machine's trusted certificates, and asks for a page.
     *
     * @param url of a page that answers without TLS
     */
    public void warmUp(String url) throws InterruptedException {
        try {
            SSLContext.getDefault().createSSLEngine("localhost", 443);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java platform has no TLS", e);
        }
        send(OutboundRequest.get(TargetUrl.parse(url)));
    }

    private OutboundResponse follow(OutboundRequest first, Deadline deadline, long started)
            throws InterruptedException {
        List<Hop> hops = new ArrayList<>();
        OutboundRequest request = first;
        while (true) {
            OutboundResponse answer = exchange(request, deadline, hops, started);
            Optional<String> location = answer.header("Location");
            boolean redirect = Set.of(301, 302, 303, 307, 308).contains(answer.status());
            if (!redirect || location.isEmpty() || first.maxRedirects() == 0) {
                return answer;
            }
            hops.add(new Hop(request.url().toString(), answer.status()));
            if (hops.size() > Math.min(first.maxRedirects(), settings.maxRedirects())) {
                throw new OutboundException(Kind.REDIRECT, true, first.url().display() + " redirects too often", null);
            }
            request = next(request, answer.status(), location.get());
        }
    }

    private static OutboundRequest next(OutboundRequest request, int status, String location) {
        TargetUrl url;
        try {
            url = request.url().resolve(location);
        } catch (IllegalArgumentException e) {
            throw new OutboundException(
                    Kind.REDIRECT, true, request.url().display() + " redirects to something that " + e.getMessage(), e);
        }
        boolean bodiless = Set.of("GET", "HEAD").contains(request.method());
        boolean toGet =
                !bodiless && (status == 303 || (status < 303 && request.method().equals("POST")));
        Map<String, String> headers = new TreeMap<>(request.headers());
        if (!url.sameOrigin(request.url())) {
            headers.keySet().removeIf(name -> !HARMLESS.contains(name.toLowerCase(Locale.ROOT)));
        }
        return new OutboundRequest(
                toGet ? "GET" : request.method(),
                url,
                headers,
                toGet ? null : request.body(),
                request.ports(),
                request.maxBytes(),
                request.overflow(),
                request.maxRedirects());
    }

    private OutboundResponse exchange(OutboundRequest request, Deadline deadline, List<Hop> hops, long started)
            throws InterruptedException {
        TargetUrl url = request.url();
        InetSocketAddress address = lookUp(url, request.ports(), deadline);
        boolean truncate = request.overflow() == Overflow.TRUNCATE;
        int wanted = request.maxBytes() == 0 ? settings.maxDecoded() : request.maxBytes();
        int maxWire = truncate ? Math.min(settings.maxBody(), wanted) : settings.maxBody();
        Exchange exchange = new Exchange(system, settings, connectionSettings, url, maxWire, deadline);
        Exchange.Answer answer = exchange.run(address, akkaRequest(request));
        WireBody.Read wire = answer.body();
        if (wire.truncated() && !truncate) {
            throw BodyDecoder.tooLarge(url, "more than " + settings.maxBody() + " bytes");
        }
        List<Header> headers = headers(answer.head());
        String encoding = answer.head()
                .getHeader("Content-Encoding")
                .map(header -> header.value())
                .orElse("");
        BodyDecoder.Decoded body = BodyDecoder.decode(
                wire.bytes(),
                wire.truncated(),
                encoding,
                new BodyDecoder.Limits(wanted, settings.maxRatio(), truncate),
                url);
        return new OutboundResponse(
                answer.head().status().intValue(),
                url,
                List.copyOf(hops),
                headers,
                body.bytes(),
                wire.bytes().length,
                body.truncated(),
                Duration.ofNanos(nanoTime.getAsLong() - started));
    }

    /** Names are looked up on threads of their own: the system's resolver heeds neither interrupts nor limits. */
    private InetSocketAddress lookUp(TargetUrl url, AllowedPorts ports, Deadline deadline) throws InterruptedException {
        if (url.literal() != null) {
            return guard.check(url, ports);
        }
        try {
            return CompletableFuture.supplyAsync(() -> guard.check(url, ports), lookups)
                    .get(Math.max(0, deadline.nanosLeft(settings.connectTimeout())), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new OutboundException(Kind.TIMEOUT, false, url.host() + " was not looked up in time", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OutboundException refused) {
                throw refused;
            }
            throw new OutboundException(Kind.UNKNOWN_HOST, false, url.host() + " cannot be looked up", e);
        }
    }

    private static HttpRequest akkaRequest(OutboundRequest request) {
        TargetUrl url = request.url();
        boolean usualPort = url.port() == (url.scheme().equals("http") ? 80 : 443);
        HttpRequest built = HttpRequest.create()
                .withMethod(HttpMethods.lookup(request.method()).orElseThrow())
                .withUri(Uri.create(url.pathAndQuery()))
                .addHeader(usualPort ? Host.create(url.host()) : Host.create(url.host(), url.port()))
                .addHeader(RawHeader.create("Accept-Encoding", "gzip"));
        String contentType = null;
        for (Map.Entry<String, String> header : request.headers().entrySet()) {
            if (header.getKey().equalsIgnoreCase("Content-Type")) {
                contentType = header.getValue();
            } else {
                built = built.addHeader(RawHeader.create(header.getKey(), header.getValue()));
            }
        }
        if (request.body() == null || (request.body().length == 0 && contentType == null)) {
            return built;
        }
        return built.withEntity(HttpEntities.create(
                contentType == null ? ContentTypes.APPLICATION_OCTET_STREAM : ContentTypes.parse(contentType),
                request.body()));
    }

    /** Akka keeps the content type and length apart from the other headers; here they are headers like all. */
    private static List<Header> headers(HttpResponse head) {
        List<Header> headers = new ArrayList<>();
        String contentType = head.entity().getContentType().toString();
        if (!contentType.equals("none/none")) {
            headers.add(new Header("Content-Type", contentType));
        }
        head.getHeaders().forEach(header -> headers.add(new Header(header.name(), header.value())));
        return List.copyOf(headers);
    }
}
