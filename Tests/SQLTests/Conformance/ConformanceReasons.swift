// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Why recorded statements are not answered as Spark answers them.
enum ConformanceReasons {
    private struct Rule {
        let verdicts: Set<CorpusSession.Verdict>
        /// Of the statement's file and number.
        let name: String
        /// Of what was wrong.
        let detail: String
        let reason: String
    }

    /// The first rule that matches a statement; `nil` when none does, which is a mistake.
    static func reason(_ verdict: CorpusSession.Verdict, _ name: String, _ detail: String) -> String? {
        rules.first { rule in
            rule.verdicts.contains(verdict) && matches(name, rule.name) && matches(detail, rule.detail)
        }?.reason
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        pattern.isEmpty || text.range(of: pattern, options: .regularExpression) != nil
    }

    private static func refused(_ detail: String, _ reason: String) -> Rule {
        Rule(verdicts: [.refused, .failed], name: "", detail: detail, reason: reason)
    }

    private static func answered(_ name: String, _ reason: String) -> Rule {
        Rule(verdicts: [.failed, .different, .accepted], name: "^(\(name))$", detail: "", reason: reason)
    }

    private static let rules: [Rule] = [
        refused(
            #"type TIME |type TIME$|'(make_time|to_time|try_to_time|time|time_trunc|time_diff)'|make_timestamp(_ntz)?\(\) takes"#,
            "the type TIME"),
        refused(
            "gives something else each time",
            "functions that give something else each time: an epoch that is read again would give other rows"),
        refused(
            "(OVER|WINDOW) is not supported|the window function",
            "window functions (OVER): they need all rows of a partition, which a stream never has"),
        refused(
            #"LATERAL|the table function|the function \w+\(\) is not"#,
            "LATERAL and table functions (explode, range, stack, …)"),
        refused("COLLATE", "collations"),
        refused(
            "GROUPING SETS|CUBE|ROLLUP|grouping(_id|__id)?",
            "several groupings in one query (GROUPING SETS, CUBE, ROLLUP)"),
        refused("VARIANT", "the type VARIANT"),
        refused(
            #"a lambda function|'(zip_with|transform(_values|_keys)?|reduce|map_zip_with|map_filter|forall|filter|exists|aggregate)'"#,
            "lambda functions (transform, filter, aggregate, …)"),
        refused("(ORDER BY|LIMIT|SORT BY|OFFSET) is not", "ORDER BY and LIMIT: a stream has no last row"),
        refused("TABLESAMPLE", "TABLESAMPLE"),
        refused("a sub-query in an expression", "sub-queries in expressions"),
        refused("(EXCEPT|INTERSECT) is not", "EXCEPT and INTERSECT"),
        refused(
            "WITHIN GROUP|the aggregate function|'hll_",
            "aggregate functions of Spark without a plan here (percentile_cont, percentile_disc, "
                + "histogram_numeric, sketches, skewness, kurtosis, …)"),
        refused("'(from|to|schema_of)_(xml|csv)'", "functions of XML and CSV texts"),
        refused(
            "INTERVAL without units|'(make_interval|interval)'", "intervals that have both months and days"),
        refused(
            "there is no (relation|column)|no relation or column",
            "what it reads is made by a statement that is not carried out by the test, or has a refused type"),
        refused(
            "there is no function",
            "other functions of Spark that are not there (reflection, TIMESTAMP_LTZ from parts, …)"),
        refused("an alias, found|a field name, found", "names of this one test of Spark's parser"),
        answered(
            "cast#(7[2-9]|8[0-9]|9[2-8]|10[0-3]|13[2-5])", "casts between numbers and intervals"),
        answered(
            "interval#(19[12]|27[5-9]|28[0-4])|try_aggregates#([6-9]|2[2-5])",
            "intervals in JSON, signum, width_bucket, sum and avg"),
        refused("takes a number here, not INTERVAL", "intervals in JSON, signum, width_bucket, sum and avg"),
        answered("group-by#(8[3-9]|9[0-5])", "maps as keys of groups"),
        answered("json-functions#(1|12|3[789]|4[23])", "options of JSON functions"),
        answered("json-functions#3", "a STRUCT as a key of JSON is written as JSON"),
        answered("charvarchar#.*", "CHAR and VARCHAR are STRING: nothing is padded or cut"),
        answered(
            "datetime-formatting#.*|timestamp-ntz#18",
            "the session's zone, which is UTC here and Los Angeles in the record"),
        answered("array#(59|60)", "array_insert under a setting for old queries"),
        answered("columnresolution#.*", "databases: tables of one name in several of them"),
        answered("parse-query-correctness#.*", "variables of a session"),
        answered("postgreSQL/numeric#(50[789]|51[012])", "NaN and infinities as DECIMAL are errors, not NULL"),
        answered(
            "postgreSQL/numeric#570|try_aggregates#20",
            "DOUBLE is written with the fewest digits that read back as the same number"),
        answered(
            "postgreSQL/aggregates_part3#2",
            "sums of DOUBLE are exact before they are rounded, so that no order of rows changes them"),
        answered("selectExcept#.*", "SELECT * EXCEPT that leaves nothing"),
        answered(
            "string-functions#(98|99|106|107|130|131|136|137)", "character sets of Java under a setting for old queries"
        ),
        answered("try_aggregates#(5|21)", "try_sum and try_avg of DECIMAL that may take more than 38 digits"),
        answered("typeCoercion/native/implicitTypeCasts#3[678]", "a time without a day is no TIMESTAMP"),
        answered("try-string-functions#3[34]", "a format that is none is refused when the query is planned, not NULL"),
        answered(
            "array#(9|51)|count#22|group-by-ordinal#14|json-functions#(48|60)|map#[89]|type-coercion-edge-cases#2",
            "arguments that are cast, or are fine, where Spark refuses them"),
        answered("timestamp#58", "digits behind microseconds are cut off, not refused"),
        answered("misc-functions#5", "INTERVAL DAY is INTERVAL DAY TO SECOND"),
        answered("join-resolution-edge-cases#.*", "which of several columns of one name NATURAL JOIN means"),
        answered(
            "count#15|group-by-all#4|higher-order-functions#39|type-coercion-edge-cases#1",
            "settings and names for old queries"),
    ]
}
