package dev.leasehold.type.demo;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpCharsets;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.headers.RawHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A small website on which the analysis has something to find: a page without title, one without description, a title
 * that stands twice, a broken link, a chain of redirects, pages that must not be indexed although the sitemap lists them,
 * a page that is far too heavy, images without text, near duplicates, one page that is an application.
 */
final class DemoSite {

    private static final Map<String, String> FILES = Map.ofEntries(
            Map.entry("/", "home.html"),
            Map.entry("/about", "about.html"),
            Map.entry("/products", "products.html"),
            Map.entry("/products/kettle", "kettle.html"),
            Map.entry("/products/kettle-large", "kettle-large.html"),
            Map.entry("/products/teapot", "teapot.html"),
            Map.entry("/journal", "journal.html"),
            Map.entry("/journal/spout", "spout.html"),
            Map.entry("/journal/tin", "tin.html"),
            Map.entry("/contact", "contact.html"),
            Map.entry("/planner", "planner.html"),
            Map.entry("/catalogue", "catalogue.html"),
            Map.entry("/private/ledger", "contact.html"),
            Map.entry("/robots.txt", "robots.txt"),
            Map.entry("/sitemap.xml", "sitemap.xml"));

    /** Each leads to the next: a chain that costs visitors a round trip a link. */
    private static final Map<String, String> REDIRECTS =
            Map.of("/old-home", "/older-home", "/older-home", "/oldest-home", "/oldest-home", "/");

    private static final String ICON = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 320 200\">"
            + "<path d=\"M90 150h140l-20-90H110zM230 70l50-20-30 60z\" fill=\"#b5651d\"/></svg>";

    private static final String STYLE = "body { font-family: Georgia, serif; max-width: 40em; margin: 2em auto; }";
    private static final String NOT_HERE = "<!DOCTYPE html><title>Not here</title><p>Not here.";

    private static final int CATALOGUE_ROWS = 12_000;

    private final Map<String, String> files = new HashMap<>();

    DemoSite() {
        for (String name : FILES.values()) {
            files.put(name, load(name));
        }
        files.put("catalogue.html", heavy(load("catalogue.html")));
    }

    private static String load(String name) {
        try (InputStream in = DemoSite.class.getResourceAsStream("/demo-site/" + name)) {
            if (in == null) {
                throw new IllegalStateException("demo-site/" + name + " is missing in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String heavy(String page) {
        StringBuilder rows = new StringBuilder();
        for (int number = 1; number <= CATALOGUE_ROWS; number++) {
            rows.append("<tr><td>No. ").append(number).append("</td><td>");
            rows.append(number % 3 == 0 ? "Teapot" : "Kettle").append(", copper, tinned inside, ");
            rows.append(6 + number % 30).append(" decilitres, with its box and a sheet on cleaning</td></tr>\n");
        }
        return page.replace("<!-- rows -->", rows);
    }

    /** Answers any request. */
    HttpResponse answer(HttpRequest request, byte[] body) {
        String path = request.getUri().path();
        String target = REDIRECTS.get(path);
        if (path.equals("/hook") && request.method().equals(HttpMethods.POST)) {
            return received(request, body);
        }
        if (target != null) {
            return HttpResponse.create().withStatus(301).addHeader(RawHeader.create("Location", target));
        }
        if (path.endsWith(".svg")) {
            return content(MediaTypes.IMAGE_SVG_XML.toContentType(), ICON);
        }
        if (path.equals("/style.css")) {
            return content(MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8), STYLE);
        }
        String file = FILES.get(path);
        return file == null
                ? content(ContentTypes.TEXT_HTML_UTF8, NOT_HERE).withStatus(404)
                : page(request, path, file);
    }

    private static HttpResponse content(ContentType type, String text) {
        return HttpResponse.create().withEntity(HttpEntities.create(type, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Answers a call as a receiver of webhooks would: with what it understood. */
    private static HttpResponse received(HttpRequest request, byte[] body) {
        String task = request.getHeader("Leasehold-Task")
                .map(header -> header.value())
                .orElse("");
        String attempt = request.getHeader("Leasehold-Attempt")
                .map(header -> header.value())
                .orElse("");
        String json = "{\"received_bytes\":" + body.length + ",\"task\":\"" + digits(task) + "\",\"attempt\":\""
                + digits(attempt) + "\"}";
        return HttpResponse.create().withEntity(ContentTypes.APPLICATION_JSON, json);
    }

    private static String digits(String text) {
        return text.replaceAll("\\D", "");
    }

    private HttpResponse page(HttpRequest request, String path, String file) {
        String text = String.valueOf(files.get(file));
        if (file.endsWith(".xml")) {
            return content(
                    MediaTypes.TEXT_XML.toContentType(HttpCharsets.UTF_8), text.replace("{base}", base(request)));
        }
        if (file.endsWith(".txt")) {
            return content(ContentTypes.TEXT_PLAIN_UTF8, text.replace("{base}", base(request)));
        }
        HttpResponse page = content(ContentTypes.TEXT_HTML_UTF8, text);
        // Listed in the sitemap and linked, yet closed to search engines: by a header, which nobody sees in the page.
        return path.equals("/journal/tin") ? page.addHeader(RawHeader.create("X-Robots-Tag", "noindex")) : page;
    }

    /** The site's address as the caller wrote it. */
    private static String base(HttpRequest request) {
        return "http://" + request.getUri().host().address() + ":"
                + request.getUri().port();
    }
}
