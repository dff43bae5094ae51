// SPDX-License-Identifier: Apache-2.0

/// What to do with the tables of the demonstration.
enum DemoGuide {
    /// Where the files are, and how other programs open them.
    static func text(folder: String, currentFolder: String) -> String {
        let path = folder.hasPrefix("/") ? folder : "\(currentFolder)/\(folder)"
        return """

            Everything is below \(path):
              readings/, warm/      Delta tables: Parquet files, and _delta_log with one JSON file per version
              dead_letters/         records that could not be used, with reason and origin (none this time)
              checkpoint/           how far the pipeline is
              pipeline.json         the pipeline itself

            Look again:
              millrace table describe \(folder)/readings
              millrace table history  \(folder)/readings
              millrace checkpoint list \(folder)/checkpoint

            Open the table elsewhere:
              Python   from deltalake import DeltaTable; DeltaTable("\(path)/readings").to_pandas()
              DuckDB   INSTALL delta; LOAD delta; SELECT site, count(*), avg(temperature) FROM delta_scan('\(path)/readings') GROUP BY site;
              Spark    spark.read.format("delta").load("\(path)/readings").groupBy("site").count().show()
            """
    }
}
