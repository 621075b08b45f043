package dev.leasehold.lease;

import java.io.FilterInputStream;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one handler behind every JDBC object that a lease gives out: each call goes through the lease's gate, each object
 * that comes back is wrapped in turn, and nobody reaches the driver's own objects. Plain values of a row that is in memory
 * are read past the gate, as long as the lease has not ended.
 */
final class FencedCall implements InvocationHandler {

    /** What is wrapped, the most special first; anything else that the driver returns is plain data. */
    private static final List<Class<?>> WRAPPED = List.of(
            ResultSet.class,
            CallableStatement.class,
            PreparedStatement.class,
            Statement.class,
            Connection.class,
            ResultSetMetaData.class,
            DatabaseMetaData.class,
            ParameterMetaData.class,
            Array.class,
            Blob.class,
            Clob.class,
            SQLXML.class);

    /** Of a connection, beside what only asks. */
    private static final Set<String> HARMLESS = Set.of(
            "createStatement",
            "prepareStatement",
            "prepareCall",
            "commit",
            "rollback",
            "setSavepoint",
            "releaseSavepoint",
            "clearWarnings",
            "nativeSQL",
            "createArrayOf");

    /** Their SQL is the driver's. */
    private static final Set<String> ROW_WRITERS = Set.of("insertRow", "updateRow", "deleteRow", "refreshRow");

    /** What a result set answers from the row that the driver has in memory, without a word to the server. */
    private static final Set<String> OF_THE_ROW =
            Set.of("getBoolean", "getShort", "getInt", "getLong", "getFloat", "getDouble", "getString", "wasNull");

    private final FencedJdbc jdbc;
    private final Object target;
    private final FencedJdbc.Mode mode;
    /** The proxy this came from: what getConnection and getStatement answer. */
    private final @Nullable Object parent;

    private final @Nullable String sql;
    private boolean closed;

    private FencedCall(
            FencedJdbc jdbc, Object target, @Nullable Object parent, @Nullable String sql, FencedJdbc.Mode mode) {
        this.jdbc = jdbc;
        this.target = target;
        this.parent = parent;
        this.sql = sql;
        this.mode = mode;
    }

    static Object wrap(
            FencedJdbc jdbc,
            Object target,
            Class<?> as,
            @Nullable Object parent,
            @Nullable String sql,
            FencedJdbc.Mode mode) {
        return Proxy.newProxyInstance(
                FencedCall.class.getClassLoader(),
                new Class<?>[] {as},
                new FencedCall(jdbc, target, parent, sql, mode));
    }

    FencedJdbc jdbc() {
        return jdbc;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        String name = method.getName();
        if (target instanceof ResultSet && OF_THE_ROW.contains(name) && !jdbc.isEnded()) {
            return ofTheRow(method, arguments);
        }
        Object local = onAnything(proxy, name, arguments);
        if (local != GO_ON) {
            return local;
        }
        if (target instanceof Connection) {
            Object answer = onConnection(name, arguments);
            if (answer != GO_ON) {
                return answer;
            }
        }
        return jdbc.through(() -> call(proxy, method, name, arguments));
    }

    /**
     * Not through the gate: it keeps two threads from one connection, and these calls do not reach it. There are some twenty
     * for each row, and the gate is dearer than any of them. The one row after whose check the lease ends was read before.
     */
    private @Nullable Object ofTheRow(Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw cause instanceof SQLException && jdbc.isOver() ? jdbc.refusal() : cause;
        }
    }

    private static final Object GO_ON = new Object();

    /** What is answered here, whether the lease is open or not. */
    private @Nullable Object onAnything(Object proxy, String name, Object @Nullable [] arguments) throws SQLException {
        return switch (name) {
            case "toString" -> "fenced " + target.getClass().getSimpleName() + " of lease " + jdbc.label();
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> arguments != null && proxy == arguments[0];
            case "unwrap" ->
                throw new SQLException("a lease's connection is not unwrapped: it would outlive the lease", "0A000");
            case "isWrapperFor" -> false;
            case "isClosed" -> closed || jdbc.isOver() ? true : GO_ON;
            // What try-with-resources does on the way out must not hide why.
            case "close", "free" -> closed || jdbc.isOver() ? null : GO_ON;
            case "isValid" -> jdbc.isOver() ? false : GO_ON;
            default -> GO_ON;
        };
    }

    /** What a holder may not do to the connection itself, or what means something else under a lease. */
    private @Nullable Object onConnection(String name, Object @Nullable [] arguments) throws SQLException {
        if (closed) {
            throw new SQLException("this view of lease " + jdbc.label() + " is closed", "08003");
        }
        boolean endsTransaction = switch (name) {
            case "commit", "setAutoCommit", "close" -> true;
            case "rollback" -> arguments == null || arguments.length == 0; // to a savepoint is allowed
            case "abort", "setNetworkTimeout" -> throw new SQLException(name + " is the guardian's business", "0A000");
            default -> false;
        };
        if (endsTransaction && mode == FencedJdbc.Mode.ONE_TRANSACTION) {
            throw refusedInTransaction(name);
        }
        if (name.equals("close")) {
            closed = true; // the lease ends with its scope
            return null;
        }
        return GO_ON;
    }

    private static SQLException refusedInTransaction(String name) {
        return new SQLException(name + " is refused: the transaction belongs to the one who leased", "2D000");
    }

    private @Nullable Object call(Object proxy, Method method, String name, Object @Nullable [] arguments)
            throws Exception {
        if (parent != null && (name.equals("getConnection") || name.equals("getStatement"))) {
            return parent;
        }
        String statement = statementOf(name, arguments);
        if (mayTouchSession(name)) {
            jdbc.spoil();
        } else if (statement != null && takesSql(name)) {
            jdbc.foresee(statement);
        }
        if (name.startsWith("execute")) {
            jdbc.beforeStatement(statement);
        }
        Object result;
        try {
            result = method.invoke(target, unwrapped(arguments));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
        if (name.equals("rollback")) {
            jdbc.afterRollback();
        }
        return wrapped(proxy, result, statement);
    }

    private static boolean takesSql(String name) {
        return name.startsWith("execute") || name.startsWith("prepare") || name.equals("addBatch");
    }

    /** Calls that change the session, or the driver's idea of it, beside the SQL that is passed in. */
    private boolean mayTouchSession(String name) {
        if (target instanceof Connection) {
            return !(HARMLESS.contains(name) || name.startsWith("get") || name.startsWith("is"));
        }
        return target instanceof ResultSet && ROW_WRITERS.contains(name);
    }

    private @Nullable String statementOf(String name, Object @Nullable [] arguments) {
        return takesSql(name) && arguments != null && arguments.length > 0 && arguments[0] instanceof String text
                ? text
                : sql;
    }

    /** The driver takes its own objects only. */
    private Object @Nullable [] unwrapped(Object @Nullable [] arguments) {
        if (arguments == null) {
            return null;
        }
        for (int no = 0; no < arguments.length; no++) {
            if (arguments[no] != null
                    && Proxy.isProxyClass(arguments[no].getClass())
                    && Proxy.getInvocationHandler(arguments[no]) instanceof FencedCall other
                    && other.jdbc == jdbc) {
                arguments[no] = other.target;
            }
        }
        return arguments;
    }

    private @Nullable Object wrapped(Object proxy, @Nullable Object result, @Nullable String statement)
            throws SQLException {
        if (result == null || result instanceof String || result instanceof Number || result instanceof Boolean) {
            return result;
        }
        for (Class<?> each : WRAPPED) {
            if (each.isInstance(result)) {
                return wrap(jdbc, result, each, proxy, statement, mode);
            }
        }
        if (result instanceof InputStream stream) {
            return new Stream(stream);
        }
        if (result instanceof Reader reader) {
            return new Text(reader);
        }
        if (result instanceof OutputStream || result instanceof Writer) {
            throw new SQLException("streams to the server are not offered; bind a value instead", "0A000");
        }
        return result;
    }

    private void check() throws IOException {
        if (jdbc.isOver()) {
            throw jdbc.refusal();
        }
    }

    /** A value that is read in pieces. */
    private final class Stream extends FilterInputStream {
        Stream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            check();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            check();
            return super.read(bytes, offset, length);
        }
    }

    /** Text that is read in pieces. */
    private final class Text extends FilterReader {
        Text(Reader in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            check();
            return super.read();
        }

        @Override
        public int read(char[] chars, int offset, int length) throws IOException {
            check();
            return super.read(chars, offset, length);
        }
    }
}
