package dev.leasehold.lease;

import java.io.Serial;

/**
 * The commit was sent and its answer lost: the transaction may or may not have taken effect. Only reading its rows tells;
 * repeating it blindly may do it twice.
 */
public final class AmbiguousCommitException extends LeaseException {

    @Serial
    private static final long serialVersionUID = 1L;

    public AmbiguousCommitException(String message, Throwable cause) {
        super(Kind.REVOKED, message, cause);
    }
}
