// SPDX-License-Identifier: Apache-2.0

/// Functions of Spark that need more than one row, and so are no scalar functions.
enum RefusedFunctions {
    /// Aggregate functions that have no plan.
    static let aggregates: Set<String> = [
        "count_min_sketch", "grouping", "grouping_id", "histogram_numeric", "hll_sketch_agg", "hll_union_agg",
        "kurtosis", "listagg", "mode", "percentile_cont", "percentile_disc", "regr_avgx", "regr_avgy", "regr_count",
        "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "skewness", "string_agg",
    ]
    static let windows: Set<String> = [
        "cume_dist", "dense_rank", "lag", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number",
    ]
    static let generators: Set<String> = [
        "explode", "explode_outer", "inline", "inline_outer", "json_tuple", "posexplode", "posexplode_outer", "stack",
    ]
    /// Functions that give something else each time they are called: an epoch that is read again would give other rows.
    static let nondeterministic: Set<String> = [
        "monotonically_increasing_id", "rand", "randn", "random", "randstr", "shuffle", "spark_partition_id", "uniform",
        "uuid",
    ]
    /// What to write instead of them.
    static let deterministicHint =
        "An epoch that is read again would give other rows; take xxhash64(…) or sha2(…, 256) of columns that tell rows apart"
}
