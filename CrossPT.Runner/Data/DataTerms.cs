namespace CrossPT.Runner.Data;

/// <summary>Whose a data set is, shown when it is downloaded.</summary>
internal static class DataTerms
{
    public const string Glue =
        "GLUE (Wang et al. 2019) is a collection: each data set keeps its authors' licence, some for research alone, and asks to be cited; see https://gluebenchmark.com";

    public const string SuperGlue =
        "SuperGLUE (Wang et al. 2019) is a collection: each data set keeps its authors' licence, some for research alone, and asks to be cited; see https://super.gluebenchmark.com";

    public const string Snli = "SNLI (Bowman et al. 2015): Creative Commons Attribution-ShareAlike 4.0; see https://nlp.stanford.edu/projects/snli";

    public const string MultiNli = "MultiNLI (Williams et al. 2018): most of it under the OANC's licence, fiction under others; see https://cims.nyu.edu/~sbowman/multinli";

    public const string SciTail = "SciTail (Khot et al. 2018): on the terms of the Allen Institute for AI; see https://allenai.org/data/scitail";

    public const string Paws = "PAWS-Wiki (Zhang et al. 2019): free for any purpose, with thanks to Google LLC as its source; see https://github.com/google-research-datasets/paws";

    public const string Imdb = "Large Movie Review Dataset (Maas et al. 2011): no licence is stated, a citation is asked for; see https://ai.stanford.edu/~amaas/data/sentiment";

    public const string Yelp = "Yelp reviews (Zhang et al. 2015): on Yelp's terms for its data set; see https://www.yelp.com/dataset";
}
