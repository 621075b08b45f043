package dev.leasehold.testkit;

import dev.leasehold.task.TaskHandler;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class a {@link TestNode}, as a parameter: a whole node on an embedded PostgreSQL of its own, started
 * before the first of them and stopped after the last.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(LeaseholdExtension.class)
public @interface LeaseholdTest {

    /** The handlers under test; each has a constructor without parameters. Others are given by {@link LeaseholdExtension}. */
    Class<? extends TaskHandler<?>>[] handlers() default {};

    /** Settings in the form of {@code application.conf}, on top of the defaults. */
    String settings() default "";
}
