package dev.leasehold.config;

/**
 * A setting that stops the start: the message is meant for the one who set it and says where it was set, what was
 * there, and what is allowed. It never carries a secret. A retry does not help.
 */
public final class InvalidSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public InvalidSettingException(String message) {
        super(message);
    }
}
