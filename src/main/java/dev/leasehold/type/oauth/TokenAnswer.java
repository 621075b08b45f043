package dev.leasehold.type.oauth;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What became of a request for new tokens; each kind asks for another way on. */
sealed interface TokenAnswer {

    /** Here they are. */
    record Granted(Tokens tokens) implements TokenAnswer {}

    /** The grant is gone, or this refresh token was not the present one. */
    record GrantGone(String message) implements TokenAnswer {}

    /** A person must do something at the provider. */
    record UserMustAct(String message) implements TokenAnswer {}

    /** The client's own secret is refused: all its connections are hit, and none of them is to blame. */
    record ClientRefused(String message) implements TokenAnswer {}

    /** The request is set up wrong. */
    record Misconfigured(String message) implements TokenAnswer {}

    /** Not now. */
    record Later(String message, @Nullable Duration pause, boolean limit) implements TokenAnswer {}

    /** Certainly not a byte of it arrived. */
    record NotSent(String message, boolean permanent) implements TokenAnswer {}

    /** It may have arrived, and the answer is lost: the old token may be spent, and the new one gone. */
    record Lost(String message) implements TokenAnswer {}
}
