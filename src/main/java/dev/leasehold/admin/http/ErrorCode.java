package dev.leasehold.admin.http;

/**
 * Every error that the API answers with. The code is stable and may be compared by programs; title and detail may change.
 * The first three digits are the HTTP status.
 */
public enum ErrorCode {
    /** The request line, a header or the query cannot be read. */
    BAD_REQUEST("LH-4000", 400, "The request cannot be read"),
    /** The body is not UTF-8 JSON, names a field twice, is nested too deep, or goes on after its end. */
    BAD_JSON("LH-4001", 400, "The body is not JSON that can be read"),
    /** No credentials, or none that are known. */
    UNAUTHENTICATED("LH-4010", 401, "Who is asking is not known"),
    /** The login code or the token on the login page was wrong. */
    LOGIN_REFUSED("LH-4011", 401, "The login was refused"),
    /** The credentials do not carry the scope that the route asks for. */
    FORBIDDEN("LH-4030", 403, "The scope is missing"),
    /** A browser sent this from another site. */
    CROSS_SITE("LH-4031", 403, "The request came from another site"),
    /** There is no such route. */
    NO_ROUTE("LH-4040", 404, "There is no such path"),
    /** The route exists, what its id names does not. */
    NOT_FOUND("LH-4041", 404, "It is not there"),
    /** The path exists, but not for this method. */
    METHOD_NOT_ALLOWED("LH-4050", 405, "The method is not allowed here"),
    /** The client accepts nothing that this path can answer with. */
    NOT_ACCEPTABLE("LH-4060", 406, "The answer is not available in the form asked for"),
    /** The body did not arrive in time. */
    BODY_TOO_SLOW("LH-4080", 408, "The body did not arrive in time"),
    /** The Idempotency-Key was used with another body. */
    IDEMPOTENCY_CONFLICT("LH-4090", 409, "The idempotency key was used for something else"),
    /** The task's state does not allow what was asked for. */
    STATE_CONFLICT("LH-4091", 409, "The task's state does not allow it"),
    /** If-Match names an older version. */
    STALE("LH-4120", 412, "It was changed meanwhile"),
    /** The body is larger than the route takes. */
    TOO_LARGE("LH-4130", 413, "The body is too large"),
    /** The Content-Type is not one that the route reads. */
    UNSUPPORTED_TYPE("LH-4150", 415, "The body's type is not supported"),
    /** Fields are wrong or unknown; errors lists each. */
    INVALID("LH-4220", 422, "The request has faults"),
    /** If-Match is needed and missing. */
    PRECONDITION_REQUIRED("LH-4280", 428, "If-Match is needed"),
    /** Too many requests of one caller, or attempts to log in. */
    TOO_MANY("LH-4290", 429, "Too many requests"),
    /** A request header is larger than the server takes. */
    HEADER_TOO_LARGE("LH-4310", 431, "A header is too large"),
    /** A fault of ours; the log has the details under the request id. */
    INTERNAL("LH-5000", 500, "Something went wrong here"),
    /** The method is one that this server never does. */
    NOT_IMPLEMENTED("LH-5010", 501, "The method is not known"),
    /** The database is not reached. */
    DATABASE_DOWN("LH-5030", 503, "The database is not reached"),
    /** No lease was granted in time: all connections are in use, or the database went away a moment ago. */
    BUSY("LH-5031", 503, "No database connection in time"),
    /** The node is stopping. */
    STOPPING("LH-5032", 503, "The node is stopping"),
    /** The answer took too long. What was asked for may have happened. */
    TIMED_OUT("LH-5033", 503, "The answer took too long"),
    /** The connection was lost while a change was under way: it may have happened. */
    OUTCOME_UNKNOWN("LH-5034", 503, "Whether it was done is not known");

    private final String code;
    private final int status;
    private final String title;

    ErrorCode(String code, int status, String title) {
        this.code = code;
        this.status = status;
        this.title = title;
    }

    /** As the API answers it, such as {@code LH-4220}. */
    public String code() {
        return code;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }
}
