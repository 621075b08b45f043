package dev.leasehold.testkit;

import dev.leasehold.Handlers;
import dev.leasehold.task.TaskHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What {@link LeaseholdTest} brings. Handlers that need something of the test are given to it by hand:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final LeaseholdExtension LEASEHOLD = LeaseholdExtension.with(new InvoiceReminder(mailbox));
 * }</pre>
 */
public final class LeaseholdExtension implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(LeaseholdExtension.class);

    private final List<TaskHandler<?>> handlers;

    /** With the handlers that the annotation names. */
    public LeaseholdExtension() {
        this(List.of());
    }

    private LeaseholdExtension(List<TaskHandler<?>> handlers) {
        this.handlers = List.copyOf(handlers);
    }

    /** With these handlers, beside those of the annotation, if there is one. */
    public static LeaseholdExtension with(TaskHandler<?>... handlers) {
        return new LeaseholdExtension(List.of(handlers));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestNode.class;
    }

    /** One node a test class: its start takes some seconds. */
    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> test = context.getRequiredTestClass();
        ExtensionContext ofClass = context;
        while (ofClass.getTestMethod().isPresent() && ofClass.getParent().isPresent()) {
            ofClass = ofClass.getParent().get();
        }
        // In the store of the class, whose end closes what is closeable in it.
        return ofClass.getStore(NAMESPACE).computeIfAbsent(test, key -> start(test), TestNode.class);
    }

    private TestNode start(Class<?> test) {
        Optional<LeaseholdTest> annotation = AnnotationSupport.findAnnotation(test, LeaseholdTest.class);
        List<TaskHandler<?>> all = new ArrayList<>(handlers);
        annotation.ifPresent(with -> {
            for (Class<? extends TaskHandler<?>> type : with.handlers()) {
                all.add(make(type));
            }
        });
        return TestNode.start(
                new Handlers(all), annotation.map(LeaseholdTest::settings).orElse(""));
    }

    private static TaskHandler<?> make(Class<? extends TaskHandler<?>> type) {
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    type.getName() + " has no constructor without parameters, or it fails; give an instance to"
                            + " LeaseholdExtension.with",
                    e);
        }
    }
}
