package dev.leasehold.task;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says what a component of a payload record means, for {@link PayloadSchema}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface PayloadField {

    /** One line for people. */
    String value();

    /** Whether a task without it is refused; the record's constructor does the refusing. */
    boolean required() default false;
}
