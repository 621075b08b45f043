package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Every JDBC object of a lease, while it lives and after its end. */
class FencedJdbcTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    /** Answered without the driver once the lease is over, so that closing in good order is no fault. */
    private static final Set<String> ANSWERED_LOCALLY =
            Set.of("close", "free", "isClosed", "isValid", "isWrapperFor", "unwrap", "toString", "hashCode", "equals");

    private static TestPools pools;

    @BeforeAll
    static void start() throws Exception {
        pools = new TestPools();
        pools.database.execute("CREATE TABLE item (id int, name text)");
        pools.database.execute("INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 100) AS n");
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    /** One of each kind of object that a connection gives out. */
    private static Map<Class<?>, Object> oneOfEach(Connection connection) throws SQLException {
        Map<Class<?>, Object> objects = new LinkedHashMap<>();
        Statement statement = connection.createStatement();
        PreparedStatement prepared = connection.prepareStatement("SELECT id, name FROM item WHERE id > ?");
        prepared.setInt(1, 0);
        ResultSet rows = prepared.executeQuery();
        rows.next();
        objects.put(Connection.class, connection);
        objects.put(Statement.class, statement);
        objects.put(PreparedStatement.class, prepared);
        objects.put(CallableStatement.class, connection.prepareCall("{? = call abs(?)}"));
        objects.put(ResultSet.class, rows);
        objects.put(DatabaseMetaData.class, connection.getMetaData());
        objects.put(java.sql.ResultSetMetaData.class, rows.getMetaData());
        objects.put(java.sql.ParameterMetaData.class, prepared.getParameterMetaData());
        objects.put(Array.class, connection.createArrayOf("int4", new Object[] {1, 2}));
        objects.put(SQLXML.class, connection.createSQLXML());
        return objects;
    }

    @Test
    @Tag("H6")
    @Tag("H7")
    @Tag("H17")
    @Tag("P3")
    void everyMethodOfEveryObjectRefusesAfterRevocation() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofMillis(400));
        Map<Class<?>, Object> objects = lease.run(connection -> {
            Map<Class<?>, Object> each = oneOfEach(connection);
            CountDownLatch never = new CountDownLatch(1);
            try {
                never.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                return each; // the revocation's interrupt, swallowed as bad code does
            }
            return fail("not interrupted");
        });
        assertThat(TestPools.expectRevoked(owner).leaseId()).isEqualTo(lease.id());

        int called = 0;
        for (Map.Entry<Class<?>, Object> each : objects.entrySet()) {
            for (Method method : each.getKey().getMethods()) {
                if (!ANSWERED_LOCALLY.contains(method.getName())
                        && !java.lang.reflect.Modifier.isStatic(method.getModifiers())) {
                    called++;
                    refuses(each.getValue(), method);
                }
            }
        }
        assertThat(called).isGreaterThan(600);
    }

    private static void refuses(Object target, Method method) throws IllegalAccessException {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int no = 0; no < types.length; no++) {
            arguments[no] = types[no].isPrimitive()
                    ? java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(types[no], 1), 0)
                    : null;
        }
        try {
            method.invoke(target, arguments);
            fail("%s was answered", method);
        } catch (InvocationTargetException e) {
            boolean revoked =
                    e.getCause() instanceof LeaseException lease && lease.kind() == LeaseException.Kind.REVOKED;
            // Two things that a lease never allows say so before they look whether it is over.
            boolean never = Set.of("abort", "setNetworkTimeout").contains(method.getName());
            assertThat(revoked || never).as("%s: %s", method, e.getCause()).isTrue();
        }
    }

    @Test
    @Tag("H6")
    void closingAfterTheEndIsNoFault() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);
        Map<Class<?>, Object> objects = lease.run(FencedJdbcTest::oneOfEach);

        for (Object each : objects.values()) {
            if (each instanceof AutoCloseable closeable) {
                closeable.close();
            }
        }

        assertThat(((Connection) objects.getOrDefault(Connection.class, "none")).isClosed())
                .isTrue();
    }

    @Test
    @Tag("H6")
    void neverShowsTheDriversOwnObjects() throws Exception {
        pools.run(connection -> {
            assertThatThrownBy(() -> connection.unwrap(PGConnection.class)).isInstanceOf(SQLException.class);
            assertThat(connection.isWrapperFor(PGConnection.class)).isFalse();
            assertThat(connection).isNotInstanceOf(PGConnection.class);
            try (PreparedStatement statement = connection.prepareStatement("SELECT id FROM item");
                    ResultSet rows = statement.executeQuery()) {
                assertThat(statement.getConnection()).isSameAs(connection);
                assertThat(rows.getStatement()).isSameAs(statement);
                assertThatThrownBy(() -> statement.unwrap(org.postgresql.PGStatement.class))
                        .isInstanceOf(SQLException.class);
                assertThat(statement.getResultSet().getStatement().getConnection())
                        .isSameAs(connection);
                assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
            }
            return true;
        });
    }

    @Test
    @Tag("H6")
    void takesItsOwnObjectsBackAsArguments() throws Exception {
        long found = pools.run(connection -> {
            connection.setAutoCommit(false);
            Savepoint savepoint = connection.setSavepoint();
            connection.rollback(savepoint);
            Array ids = connection.createArrayOf("int4", new Object[] {3, 4, 5});
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT count(*) FROM item WHERE id = ANY (?)")) {
                statement.setArray(1, ids);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });

        assertThat(found).isEqualTo(3);
    }

    @Test
    @Tag("H6")
    void readsStreamsOnlyWhileTheLeaseLives() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, LONG);

        InputStream stream = lease.run(connection -> {
            try (Statement statement = connection.createStatement()) {
                ResultSet rows = statement.executeQuery("SELECT 'some text'::bytea");
                rows.next();
                InputStream bytes = rows.getBinaryStream(1);
                assertThat(bytes.read()).isEqualTo('s');
                return bytes;
            }
        });

        assertThatThrownBy(stream::read).isInstanceOf(LeaseException.class);
    }

    @Test
    @Tag("H6")
    void copiesInAndOutThroughTheFence() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = new ByteArrayInputStream("901\tcopied\n902\tcopied\n".getBytes(StandardCharsets.UTF_8));

        long rows = pools.run(connection -> {
            long copied = Lease.copyIn(connection, "COPY item FROM STDIN", in);
            Lease.copyOut(connection, "COPY (SELECT id FROM item WHERE name = 'copied' ORDER BY id) TO STDOUT", out);
            return copied;
        });

        assertThat(rows).isEqualTo(2);
        assertThat(out).hasToString("901\n902\n");
        assertThatThrownBy(() -> Lease.copyIn(pools.database.connect(), "COPY item FROM STDIN", in))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("H6")
    void copiesNothingAfterTheEnd() throws Exception {
        TestProbe<LeaseEvent> owner = pools.owner();
        Connection over = pools.lease(owner, LONG).run(connection -> connection);
        InputStream in = new ByteArrayInputStream("903\tlate\n".getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        assertThatThrownBy(() -> Lease.copyIn(over, "COPY item FROM STDIN", in)).isInstanceOf(LeaseException.class);
        assertThatThrownBy(() -> Lease.copyOut(over, "COPY item TO STDOUT", out))
                .isInstanceOf(LeaseException.class);

        assertThat(out.size()).isZero();
        assertThat(in.available()).isPositive();
    }

    @Test
    void oneTransactionIsTheLeasersToEnd() throws Exception {
        TestPools.get(pools.pools
                .leases()
                .inTransaction(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, Hold.atMost(LONG), connection -> {
                    assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
                    assertThatThrownBy(connection::rollback).isInstanceOf(SQLException.class);
                    assertThatThrownBy(() -> connection.setAutoCommit(true)).isInstanceOf(SQLException.class);
                    assertThatThrownBy(connection::close).isInstanceOf(SQLException.class);
                    Savepoint savepoint = connection.setSavepoint();
                    connection.rollback(savepoint);
                    return true;
                }));
    }

    @Test
    @Tag("H40")
    void lowersTheServersLimitAsTheLeaseRunsOut() {
        TestProbe<LeaseEvent> owner = pools.owner();
        Lease lease = pools.lease(owner, Duration.ofSeconds(1));

        // Each statement alone is far below the limit; all together are not.
        assertThatThrownBy(() -> lease.run(connection -> {
                    try (Statement statement = connection.createStatement()) {
                        for (int no = 0; no < 20; no++) {
                            statement.execute("SELECT pg_sleep(0.15)");
                        }
                    }
                    return true;
                }))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        failure -> assertThat(failure.getSQLState()).isEqualTo("57014"));

        await().until(() -> pools.status().checkedOut() == 0);
    }

    @Test
    @Tag("H38")
    @Tag("H11")
    @Tag("H39")
    void aDefaultLeaseIsArmedByItsSession() throws Exception {
        pools.run(connection -> connection.createStatement().execute("RESET ALL"));
        await().until(() -> pools.status().checkedOut() == 0 && pools.status().cleaning() == 0);

        String armed = pools.run(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT current_setting('statement_timeout') || ' '"
                            + " || current_setting('idle_in_transaction_session_timeout') || ' '"
                            + " || current_setting('client_connection_check_interval') || ' '"
                            + " || current_setting('application_name')")) {
                row.next();
                return row.getString(1);
            }
        });

        assertThat(armed).isEqualTo("29s 7s 1s leasehold:" + pools.nodeUid + ":1:userdata");
    }
}
