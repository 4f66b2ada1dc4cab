namespace CrossPT.Prompting.Configuration;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>
    /// The name with the fewest letters added, dropped, changed or swapped with a neighbour; the first of several.
    /// </summary>
    public static string Of(string name, IEnumerable<string> known)
    {
        string nearest = "";
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate);
            if (distance >= least) continue;
            (nearest, least) = (candidate, distance);
        }
        return nearest;
    }

    /// <summary>
    /// The nearest name if no more than one letter in three is another, as in a typing error; else null.
    /// </summary>
    public static string? Near(string name, IEnumerable<string> known)
    {
        string nearest = Of(name, known);
        if (nearest.Length == 0) return null;
        int letters = Math.Max(name.TrimStart('-').Length, nearest.TrimStart('-').Length);
        return 3 * Distance(name, nearest) <= letters ? nearest : null;
    }

    /// <summary>Optimal string alignment distance, upper and lower case alike.</summary>
    internal static int Distance(string a, string b)
    {
        // A name that long is no typing error; its whole length would only cost time.
        ReadOnlySpan<char> left = a.AsSpan(0, Math.Min(a.Length, 64)), right = b.AsSpan(0, Math.Min(b.Length, 64));
        int[] older = new int[right.Length + 1], old = new int[right.Length + 1], row = new int[right.Length + 1];
        for (int j = 0; j <= right.Length; j++) old[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = Same(left[i - 1], right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1] + 1, old[j] + 1), old[j - 1] + change);
                if (i < 2 || j < 2) continue;
                bool isSwap = Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]);
                if (isSwap) row[j] = Math.Min(row[j], older[j - 2] + 1);
            }
            (older, old, row) = (old, row, older);
        }
        return old[right.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}

/// <summary>Settings by the names they have in other tools: PEFT, transformers' Trainer, OpenPrompt, papers.</summary>
internal static class ForeignName
{
    private static readonly Dictionary<string, string> s_keys = new()
    {
        ["lr"] = "training.learningRate.private",
        ["learningrate"] = "training.learningRate.private",
        ["promptlr"] = "training.learningRate.private",
        ["routerlr"] = "training.learningRate.router",
        ["epochs"] = "training.steps",
        ["numepochs"] = "training.steps",
        ["numtrainepochs"] = "training.steps",
        ["maxepochs"] = "training.steps",
        ["maxsteps"] = "training.steps",
        ["numsteps"] = "training.steps",
        ["trainsteps"] = "training.steps",
        ["steps"] = "training.steps",
        ["batchsize"] = "training.batch",
        ["trainbatchsize"] = "training.batch",
        ["perdevicetrainbatchsize"] = "training.batch",
        ["evalbatchsize"] = "evaluation.batch",
        ["perdeviceevalbatchsize"] = "evaluation.batch",
        ["warmup"] = "training.warmup",
        ["warmupsteps"] = "training.warmup",
        ["warmupratio"] = "training.warmup",
        ["weightdecay"] = "training.weightDecay",
        ["maxgradnorm"] = "training.clip",
        ["gradclip"] = "training.clip",
        ["gradientclipval"] = "training.clip",
        ["optim"] = "training.optimizer",
        ["optimizer"] = "training.optimizer",
        ["dropout"] = "training.dropout",
        ["dropoutrate"] = "training.dropout",
        ["evalsteps"] = "training.evaluateEvery",
        ["evalevery"] = "training.evaluateEvery",
        ["savesteps"] = "training.checkpointEvery",
        ["saveevery"] = "training.checkpointEvery",
        ["patience"] = "training.patience",
        ["earlystoppingpatience"] = "training.patience",
        ["numvirtualtokens"] = "prompt.length",
        ["promptlength"] = "prompt.length",
        ["promptlen"] = "prompt.length",
        ["prefixlength"] = "prompt.length",
        ["softtokennum"] = "prompt.length",
        ["ntokens"] = "prompt.length",
        ["numtokens"] = "prompt.length",
        ["temperature"] = "router.temperature",
        ["topk"] = "router.topK",
        ["shots"] = "eachTask.shots",
        ["kshot"] = "eachTask.shots",
        ["numshots"] = "eachTask.shots",
        ["nshots"] = "eachTask.shots",
        ["task"] = "tasks",
        ["taskname"] = "tasks",
        ["datasetname"] = "tasks[0].dataset",
        ["trainfile"] = "tasks[0].train",
        ["validationfile"] = "tasks[0].validation",
        ["testfile"] = "tasks[0].test",
        ["modelname"] = "model",
        ["modelnameorpath"] = "model",
        ["basemodel"] = "model",
        ["basemodelnameorpath"] = "model",
        ["pretrainedmodel"] = "model",
        ["tokenizer"] = "data.tokenizer",
        ["tokenizername"] = "data.tokenizer",
        ["datadir"] = "data.folder",
        ["maxlength"] = "data.sourceLength",
        ["maxseqlength"] = "data.sourceLength",
        ["maxsourcelength"] = "data.sourceLength",
        ["outputdir"] = "out",
        ["savedir"] = "out",
        ["randomseed"] = "seed",
        ["pefttype"] = "method",
    };

    /// <summary>The key of a setting that another tool calls so; null where none is known.</summary>
    /// <param name="name">In any way of writing: <c>num_virtual_tokens</c>, <c>--batch-size</c>.</param>
    public static string? KeyOf(string name) => s_keys.GetValueOrDefault(
        string.Concat(name.Where(static c => c is not ('_' or '-'))).ToLowerInvariant());
}
