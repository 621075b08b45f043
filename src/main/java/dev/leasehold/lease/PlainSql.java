package dev.leasehold.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Tells from its text what a statement can leave behind in its session. Everything that is not understood counts as
 * something that leaves state there: a wrong verdict in that direction costs one reset, one in the other direction would
 * show one holder's session to the next.
 *
 * <p>The verdict holds where the database has no code of its own behind tables, views, operators and casts; whether that
 * is so is for {@link SchemaWatch} to say.
 */
final class PlainSql {

    /** What a statement can leave in its session. */
    enum Verdict {
        /** Nothing, once its transaction is over. */
        PLAIN,
        /** Nothing, where it meets no sequence: the session remembers the last number it drew. */
        DRAWING,
        /** Who knows. The session must be reset. */
        SESSION,
        /** The same, and it may change what other statements do. */
        SCHEMA
    }

    private static final int LENGTH_MAX = 20_000;
    private static final int KNOWN_MAX = 1_000;

    private static final Map<String, Verdict> KNOWN = new ConcurrentHashMap<>();

    private static final Set<String> QUERIES =
            Set.of("select", "insert", "update", "delete", "merge", "values", "with", "table", "(");

    private static final Pattern QUERY_HEAD =
            Pattern.compile("\\s*(select|insert|update|delete|values|with)\\b", Pattern.CASE_INSENSITIVE);

    private static final Set<String> TRANSACTION =
            Set.of("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "show");

    /** Neither plain nor able to change the schema. */
    private static final Set<String> SESSION_ONLY = Set.of(
            "set",
            "reset",
            "listen",
            "unlisten",
            "notify",
            "declare",
            "fetch",
            "move",
            "close",
            "copy",
            "lock",
            "discard",
            "deallocate",
            "prepare",
            "execute",
            "load",
            "checkpoint",
            "vacuum",
            "analyze",
            "explain",
            "truncate");

    /** Before a parenthesis these are no function calls. Reserved words and those that cannot be of a harmful function. */
    private static final Set<String> SYNTAX = words("""
            in any all some exists not and or values as on using by from select where having when then else case over
            filter group set returning union except intersect limit offset lateral array row cast coalesce nullif greatest
            least extract substring trim position overlay grouping conflict distinct with like ilike between is only join
            materialized partition range rows cube rollup sets within default
            varchar char character varying bit numeric decimal time timestamp timestamptz interval float
            """);

    /** Functions of pg_catalog that keep nothing in the session beyond the transaction; of nextval, the number. */
    private static final Set<String> STATELESS = words("""
            count sum min max avg bool_and bool_or every string_agg array_agg json_agg jsonb_agg json_object_agg
            jsonb_object_agg stddev variance percentile_cont percentile_disc mode
            row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
            abs ceil ceiling floor round trunc mod power sqrt exp ln log sign random width_bucket
            lower upper initcap length char_length character_length octet_length bit_length substr left right replace
            split_part concat concat_ws format md5 sha256 sha512 encode decode strpos starts_with reverse repeat lpad rpad
            ltrim rtrim btrim translate ascii chr quote_ident quote_literal regexp_replace regexp_match regexp_matches
            regexp_split_to_array regexp_split_to_table to_char to_date to_number to_timestamp
            now clock_timestamp statement_timestamp transaction_timestamp timeofday age date_part date_trunc date_bin
            make_date make_time make_timestamp make_timestamptz make_interval justify_days justify_hours isfinite
            generate_series generate_subscripts unnest array_length array_lower array_upper cardinality array_append
            array_prepend array_cat array_remove array_replace array_position array_positions array_to_string
            string_to_array to_json to_jsonb row_to_json json_build_object json_build_array jsonb_build_object
            jsonb_build_array jsonb_set jsonb_insert jsonb_typeof jsonb_array_length jsonb_array_elements
            jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys jsonb_extract_path
            jsonb_extract_path_text jsonb_strip_nulls jsonb_path_exists jsonb_path_query json_array_elements
            json_array_elements_text json_each json_each_text json_object_keys json_typeof
            to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery ts_rank ts_headline
            gen_random_uuid hashtext hashtextextended num_nulls num_nonnulls pg_typeof version current_database
            current_schema pg_backend_pid pg_is_in_recovery pg_sleep pg_sleep_for pg_notify txid_current
            pg_current_xact_id pg_postmaster_start_time pg_size_pretty to_regclass
            nextval pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
            """);

    /** Functions of our own schema that keep nothing, or numbers of sequences at most. */
    private static final Set<String> OURS = Set.of("lane_of");

    private PlainSql() {}

    private static Set<String> words(String text) {
        return Set.of(text.trim().split("\\s+"));
    }

    /** Of one statement or several in one text. The same text is looked at once. */
    static Verdict of(String sql) {
        Verdict known = KNOWN.get(sql);
        if (known != null) {
            return known;
        }
        Verdict verdict = look(sql);
        if (sql.length() <= LENGTH_MAX && KNOWN.size() < KNOWN_MAX) {
            KNOWN.put(sql, verdict);
        }
        return verdict;
    }

    private static Verdict look(String sql) {
        List<SqlTokens.Token> tokens = sql.length() > LENGTH_MAX ? null : SqlTokens.of(sql);
        if (tokens == null) { // who knows what the server reads there; but a single query is no DDL
            return sql.indexOf(';') < 0 && QUERY_HEAD.matcher(sql).lookingAt() ? Verdict.SESSION : Verdict.SCHEMA;
        }
        Verdict worst = Verdict.PLAIN;
        List<SqlTokens.Token> statement = new ArrayList<>();
        for (SqlTokens.Token each : tokens) {
            if (each.is(";")) {
                worst = worse(worst, statement(statement));
                statement.clear();
            } else {
                statement.add(each);
            }
        }
        return worse(worst, statement(statement));
    }

    private static Verdict worse(Verdict one, Verdict other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static Verdict statement(List<SqlTokens.Token> tokens) {
        if (tokens.isEmpty()) {
            return Verdict.PLAIN;
        }
        SqlTokens.Token head = tokens.get(0);
        String first = head.is(head.text()) ? head.text() : "";
        if (TRANSACTION.contains(first)) {
            return tokens.stream().anyMatch(each -> each.is("prepared") || each.is("("))
                    ? Verdict.SESSION
                    : Verdict.PLAIN;
        }
        if (!QUERIES.contains(first)) {
            return SESSION_ONLY.contains(first) ? Verdict.SESSION : Verdict.SCHEMA;
        }
        return query(tokens);
    }

    private static Verdict query(List<SqlTokens.Token> tokens) {
        boolean inserts = false;
        boolean updates = false;
        boolean drawsDefault = false;
        boolean draws = false;
        for (int no = 0; no < tokens.size(); no++) {
            SqlTokens.Token each = tokens.get(no);
            if (!each.isName()) {
                continue;
            }
            boolean called = no + 1 < tokens.size() && tokens.get(no + 1).is("(");
            if (each.text().equals("pg_settings") // to update that view is to set
                    || (each.is("into") && !followsWordThatInserts(tokens, no))
                    || (called && !mayStandBeforeParenthesis(tokens, no))) {
                return Verdict.SESSION;
            }
            draws |= called && each.text().equals("nextval");
            inserts |= each.is("insert") || each.is("merge");
            updates |= each.is("update");
            drawsDefault |= each.is("default");
        }
        return draws || inserts || (updates && drawsDefault) ? Verdict.DRAWING : Verdict.PLAIN;
    }

    /** Any other INTO makes a table. */
    private static boolean followsWordThatInserts(List<SqlTokens.Token> tokens, int no) {
        return no > 0 && (tokens.get(no - 1).is("insert") || tokens.get(no - 1).is("merge"));
    }

    private static boolean mayStandBeforeParenthesis(List<SqlTokens.Token> tokens, int no) {
        SqlTokens.Token name = tokens.get(no);
        boolean qualified = no > 0 && tokens.get(no - 1).is(".");
        int start = startOfPath(tokens, no);
        if (start > 0 && tokens.get(start - 1).is("into")) {
            return true; // INSERT INTO schema.table (columns)
        }
        if (start > 0 && tokens.get(start - 1).is("as") && !qualified) {
            return true; // AS alias (columns)
        }
        if (!qualified) {
            return (!name.isQuoted() && SYNTAX.contains(name.text())) || STATELESS.contains(name.text());
        }
        String schema = no - start == 2 ? tokens.get(start).text() : "";
        return (schema.equals("pg_catalog") && STATELESS.contains(name.text()))
                || (schema.equals("leasehold") && OURS.contains(name.text()));
    }

    /** Of {@code a.b.c} that ends here, the place of {@code a}. */
    private static int startOfPath(List<SqlTokens.Token> tokens, int no) {
        int start = no;
        while (start >= 2
                && tokens.get(start - 1).is(".")
                && tokens.get(start - 2).isName()) {
            start -= 2;
        }
        return start;
    }
}
