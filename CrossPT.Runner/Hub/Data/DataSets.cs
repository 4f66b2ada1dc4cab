namespace CrossPT.Runner.Hub.Data;

/// <summary>
/// The data sets there are, with their addresses and, where somebody published them, sizes and hashes.
/// </summary>
/// <remarks>
/// GLUE: Hugging Face datasets, <c>dataset_infos.json</c> (commit 040102f) and <c>glue.py</c> (02bb18c). Hashes of the
/// others were found nowhere. What a set is laid out as is what the built-in declarations of
/// <c>CrossPT.Prompting/Tasks/BuiltIn</c> read.
/// </remarks>
internal static class DataSets
{
    private const string Host = "https://dl.fbaipublicfiles.com/";

    private const string Glue = "glue", SuperGlue = "superglue";

    private static readonly string[] s_tables = ["train.tsv", "dev.tsv"], s_lines = ["train.jsonl", "val.jsonl"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataSet> All { get; } =
    [
        Table("cola", "CoLA", "CoLA.zip", 376971, "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff"),
        Table(
            "sst2", "SST-2", "SST-2.zip", 7439277, "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa"),
        Mrpc(),
        Table(
            "qqp", "QQP", "QQP-clean.zip", 41696084,
            "40e7c862c04eb26ee04b67fd900e76c45c6ba8e6d8fab4f8f1f8072a1a3fbae0"),
        Table("stsb", "STS-B", "STS-B.zip", 802872, "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85"),
        Table("mnli", "MNLI", "MNLI.zip", 312783507, "e7c1d896d26ed6caf700110645df426cc2d8ebf02a5ab743d5a5c68ac1c83633",
            "train.tsv", "dev_matched.tsv", "dev_mismatched.tsv"),
        Table(
            "qnli", "QNLI", "QNLIv2.zip", 10627589, "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5"),
        Table("rte", "RTE", "RTE.zip", 697150, "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee"),
        Table("wnli", "WNLI", "WNLI.zip", 28999, "ae0e8e4d16f4d46d4a0a566ec7ecceccfd3fbfaa4a7a4b4e02848c0f2561ac46"),
        new(
            "ax", Glue, DataTerms.Glue,
            [
                Plain(
                    "glue/data/AX.tsv", "AX/AX.tsv", 222257,
                    "0e13510b1bb14436ff7e2ee82338f0efb0133ecf2e73507a697dc210db3f05fd")]),
        Lines("boolq", "BoolQ"),
        Lines("cb", "CB"),
        Lines("copa", "COPA"),
        Lines("multirc", "MultiRC"),
        Lines("record", "ReCoRD"),
        Lines("superglue-rte", "RTE"),
        Lines("wic", "WiC"),
        Lines("wsc", "WSC"),
        Lines("axb", "AX-b", "AX-b.jsonl"),
        Lines("axg", "AX-g", "AX-g.jsonl"),
        One("snli", DataTerms.Snli, "https://nlp.stanford.edu/projects/snli/snli_1.0.zip",
            DataFileKind.Zip, Parts("snli_1.0/snli_1.0_", ".jsonl", "train", "dev", "test")),
        One("multinli", DataTerms.MultiNli, "https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip",
            DataFileKind.Zip, Parts("multinli_1.0/multinli_1.0_", ".jsonl", "train", "dev_matched", "dev_mismatched")),
        One("scitail", DataTerms.SciTail, "https://ai2-public-datasets.s3.amazonaws.com/scitail/SciTailV1.1.zip",
            DataFileKind.Zip, Parts("SciTailV1.1/tsv_format/scitail_1.0_", ".tsv", "train", "dev", "test")),
        One("paws", DataTerms.Paws, "https://storage.googleapis.com/paws/english/paws_wiki_labeled_final.tar.gz",
            DataFileKind.TarGzip, Parts("final/", ".tsv", "train", "dev", "test")),
        One("imdb", DataTerms.Imdb, "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            DataFileKind.TarGzip, Parts("aclImdb/", "/", "train/pos", "train/neg", "test/pos", "test/neg")),
        One("yelp", DataTerms.Yelp, "https://s3.amazonaws.com/fast-ai-nlp/yelp_review_polarity_csv.tgz",
            DataFileKind.TarGzip, Parts("yelp_review_polarity_csv/", ".csv", "train", "test")),
    ];

    /// <summary>Names of collections.</summary>
    public static IReadOnlyList<string> Groups { get; } = [Glue, SuperGlue];

    /// <summary>
    /// The data sets that a word stands for: one, or those of a collection; none where it is neither.
    /// </summary>
    public static IReadOnlyList<DataSet> Find(string word) =>
        [.. All.Where(set => set.Name == word || set.Group == word)];

    private static DataSet Table(
        string name, string folder, string archive, long bytes, string sha256, params string[] tables) =>
        new(name, Glue, DataTerms.Glue,
        [
            new DataFile(
                $"{Host}glue/data/{archive}", DataFileKind.Zip,
                [.. (tables.Length > 0 ? tables : s_tables).Select(table => $"{folder}/{table}")])
            {
                Bytes = bytes, Sha256 = sha256,
                Optional = [$"{folder}/test.tsv", $"{folder}/test_matched.tsv", $"{folder}/test_mismatched.tsv"],
            },
        ]);

    // What GLUE calls MRPC is a text of 2005 and a list of the pairs that are its development set.
    private static DataSet Mrpc() => new("mrpc", Glue, DataTerms.Glue,
    [
        Plain(
            "senteval/senteval_data/msr_paraphrase_train.txt", "MRPC/msr_paraphrase_train.txt", 1047044,
            "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89"),
        Plain(
            "senteval/senteval_data/msr_paraphrase_test.txt", "MRPC/msr_paraphrase_test.txt", 441275,
            "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784"),
        Plain(
            "glue/data/mrpc_dev_ids.tsv", "MRPC/mrpc_dev_ids.tsv", 6222,
            "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7"),
    ]);

    private static DataFile Plain(string address, string path, long bytes, string sha256) =>
        new($"{Host}{address}", DataFileKind.Plain, [path]) { Bytes = bytes, Sha256 = sha256 };

    private static DataSet Lines(string name, string folder, params string[] files) =>
        new(name, SuperGlue, DataTerms.SuperGlue,
    [
        new DataFile(
            $"{Host}glue/superglue/data/v2/{folder}.zip", DataFileKind.Zip,
            [.. (files.Length > 0 ? files : s_lines).Select(file => $"{folder}/{file}")])
        {
            Optional = files.Length > 0 ? [] : [$"{folder}/test.jsonl"],
        },
    ]);

    private static DataSet One(string name, string terms, string address, DataFileKind kind, string[] paths) =>
        new(name, null, terms, [new DataFile(address, kind, paths)]);

    private static string[] Parts(string before, string after, params string[] parts) =>
        [.. parts.Select(part => $"{before}{part}{after}")];
}

/// <summary>Whose a data set is, shown when it is downloaded.</summary>
internal static class DataTerms
{
    public const string Glue =
        "GLUE (Wang et al. 2019) is a collection: each data set keeps its authors' licence, some for research alone, "
            + "and asks to be cited; see https://gluebenchmark.com";

    public const string SuperGlue =
        "SuperGLUE (Wang et al. 2019) is a collection: each data set keeps its authors' licence, some for research "
            + "alone, and asks to be cited; see https://super.gluebenchmark.com";

    public const string Snli = "SNLI (Bowman et al. 2015): Creative Commons Attribution-ShareAlike 4.0; see "
        + "https://nlp.stanford.edu/projects/snli";

    public const string MultiNli = "MultiNLI (Williams et al. 2018): most of it under the OANC's licence, fiction "
        + "under others; see https://cims.nyu.edu/~sbowman/multinli";

    public const string SciTail =
        "SciTail (Khot et al. 2018): on the terms of the Allen Institute for AI; see https://allenai.org/data/scitail";

    public const string Paws = "PAWS-Wiki (Zhang et al. 2019): free for any purpose, with thanks to Google LLC as its "
        + "source; see https://github.com/google-research-datasets/paws";

    public const string Imdb = "Large Movie Review Dataset (Maas et al. 2011): no licence is stated, a citation is "
        + "asked for; see https://ai.stanford.edu/~amaas/data/sentiment";

    public const string Yelp =
        "Yelp reviews (Zhang et al. 2015): on Yelp's terms for its data set; see https://www.yelp.com/dataset";
}

/// <summary>What a file of a data set is.</summary>
internal enum DataFileKind
{
    /// <summary>One file, taken as it is.</summary>
    Plain,

    /// <summary>A zip archive.</summary>
    Zip,

    /// <summary>A tar archive, compressed with gzip.</summary>
    TarGzip,
}

/// <summary>A file at a data set's official address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Paths">
/// What is taken from it, as paths from the data folder: files, or folders of texts, with a slash at their end. Of a
/// plain file, the one it becomes.
/// </param>
internal sealed record DataFile(string Address, DataFileKind Kind, IReadOnlyList<string> Paths)
{
    /// <summary>Paths that are taken where they are there: test rows without labels, which no task reads.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];

    /// <summary>Its bytes; null where nobody published them.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its SHA-256; null where nobody published it.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>A data set that <c>pull</c> downloads.</summary>
/// <param name="Name">As tasks are called.</param>
/// <param name="Group">The collection it belongs to: <c>glue</c>, <c>superglue</c>; null for none.</param>
/// <param name="Terms">Whose it is and on which terms, in a sentence.</param>
/// <param name="Files">What it consists of.</param>
internal sealed record DataSet(string Name, string? Group, string Terms, IReadOnlyList<DataFile> Files);
