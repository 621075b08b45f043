package dev.leasehold.admin.http;

import akka.event.LoggingAdapter;
import akka.http.ParsingErrorHandler;
import akka.http.javadsl.model.HttpResponse;
import akka.http.scaladsl.model.ErrorInfo;
import akka.http.scaladsl.model.StatusCode;
import akka.http.scaladsl.settings.ServerSettings;

/** Answers requests that Akka HTTP cannot even parse, in the same form as all others. Named in {@code AdminServer}. */
public final class BadRequests extends ParsingErrorHandler {

    /** Where Akka HTTP looks for the instance. */
    public static final BadRequests MODULE$ = new BadRequests();

    private BadRequests() {}

    @Override
    public HttpResponse handle(StatusCode status, ErrorInfo info, LoggingAdapter log, ServerSettings settings) {
        log.debug("request that cannot be parsed: {}", info.summary());
        ErrorCode code = switch (status.intValue()) {
            case 413 -> ErrorCode.TOO_LARGE;
            case 431 -> ErrorCode.HEADER_TOO_LARGE;
            case 501 -> ErrorCode.NOT_IMPLEMENTED;
            default -> ErrorCode.BAD_REQUEST;
        };
        return SecurityHeaders.on(Problem.of(code, info.summary()).response());
    }
}
