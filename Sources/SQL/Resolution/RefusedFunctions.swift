// SPDX-License-Identifier: Apache-2.0

/// Functions of Spark that need more than one row, and so are no scalar functions.
enum RefusedFunctions {
    static let aggregates: Set<String> = [
        "any", "any_value", "approx_count_distinct", "approx_percentile", "array_agg", "avg", "bit_and", "bit_or",
        "bit_xor", "bool_and", "bool_or", "collect_list", "collect_set", "corr", "count", "count_if",
        "count_min_sketch",
        "covar_pop", "covar_samp", "every", "first", "first_value", "grouping", "grouping_id", "histogram_numeric",
        "hll_sketch_agg", "hll_union_agg", "kurtosis", "last", "last_value", "listagg", "max", "max_by", "mean",
        "median", "min", "min_by", "mode", "percentile", "percentile_approx", "percentile_cont", "percentile_disc",
        "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy",
        "regr_syy", "skewness", "some", "std", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "try_avg",
        "try_sum", "var_pop", "var_samp", "variance",
    ]
    static let windows: Set<String> = [
        "cume_dist", "dense_rank", "lag", "lead", "nth_value", "ntile", "percent_rank", "rank", "row_number",
        "session_window", "window", "window_time",
    ]
    static let generators: Set<String> = [
        "explode", "explode_outer", "inline", "inline_outer", "json_tuple", "posexplode", "posexplode_outer", "stack",
    ]
}
