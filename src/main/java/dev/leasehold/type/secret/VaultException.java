package dev.leasehold.type.secret;

import java.io.Serial;

/** A secret cannot be stored or read: the key is another one, or the ciphertext was moved. A retry does not help. */
public class VaultException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public VaultException(String message, Throwable cause) {
        super(message, cause);
    }
}
