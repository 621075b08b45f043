package dev.leasehold.admin.http;

/**
 * One thing that is wrong with a request.
 *
 * @param path where: {@code payload.url}, {@code [3].key}, or the name of a query parameter or header
 * @param message what is wrong and what is allowed
 */
public record Fault(String path, String message) {}
