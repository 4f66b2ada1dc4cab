using CrossPT.Tensors;
using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>What a file turned out to be: its prompts, and which one is meant when none is named.</summary>
/// <param name="Candidates">The prompts by name.</param>
/// <param name="Default">The one that is meant when none is named; null where that is open.</param>
/// <param name="Contents">What the file holds, for messages: <c>holds 2 tensors (a [4, 2], b [4, 2])</c>.</param>
/// <param name="AreAllPrompts">Whether the file says that each is a prompt, rather than any matrix being taken for one.</param>
internal sealed record PromptForm(IReadOnlyList<PromptCandidate> Candidates, PromptCandidate? Default, string Contents, bool AreAllPrompts)
{
    /// <summary>Begins the names of a run's prompts that prediction uses.</summary>
    public const string Target = "target.";

    /// <summary>Prompts in one tensor, or tasks in one adapter, at most: more than anyone tuned, few enough to list.</summary>
    public const int MostPrompts = 1024;

    private const string OpenPrompt = "soft_embeds", OpenPromptVocabulary = "raw_embedding.weight";

    private static readonly string[] s_runPrompts = [Target, "private.", "source."];

    /// <summary>Tells the form by the names and shapes of the tensors.</summary>
    /// <exception cref="TensorFileException">There is no tensor, or one has the place of a prompt and is none.</exception>
    public static PromptForm Find(ITensorSource source, PromptActivation activation)
    {
        IReadOnlyList<TensorEntry> entries = source.Entries;
        if (entries.Count == 0) throw new TensorFileException(source.Path, "holds no tensor, expected a prompt [P, H]");
        if (entries.Any(static entry => entry.Name.StartsWith(Target, StringComparison.Ordinal))) return OfRun(source);
        if (source.TryGet(MultitaskPrompt.Columns, out _)) return MultitaskPrompt.Find(source, static rows => (rows, null));
        if (EncoderPrompt.Fits(entries)) return Single(EncoderPrompt.Find(source, activation));
        if (entries.Count == 1) return entries[0].Shape.Rank == 3 ? Stacked(source, entries[0]) : Single(PromptCandidate.Of(source, entries[0]));
        if (entries.Count == 2 && source.TryGet(OpenPrompt, out TensorEntry? soft) && source.TryGet(OpenPromptVocabulary, out _))
            return Single(PromptCandidate.Of(source, soft) with { Notes = [$"{OpenPromptVocabulary}, the model's own vocabulary, is left out"] });
        PromptCandidate[] matrices = [.. entries.Where(IsMatrix).Select(entry => PromptCandidate.Of(source, entry))];
        return new PromptForm(matrices, null, Describe(entries), AreAllPrompts: false);
    }

    /// <summary>A form of one prompt.</summary>
    public static PromptForm Single(PromptCandidate prompt) => new([prompt], prompt, "", AreAllPrompts: true);

    /// <summary>A form of prompts that go by number.</summary>
    public static PromptForm Numbered(IReadOnlyList<PromptCandidate> prompts, string contents) =>
        new(prompts, prompts.Count == 1 ? prompts[0] : null, contents, AreAllPrompts: true);

    /// <summary>The tensors of a file, for messages.</summary>
    public static string Describe(IReadOnlyList<TensorEntry> entries) =>
        $"holds {entries.Count} tensor{(entries.Count == 1 ? "" : "s")} ({PromptNames.List(entries)})";

    private static bool IsMatrix(TensorEntry entry) => entry.Shape.Rank == 2 && entry.Shape.Length > 0 && entry.DType.IsFloatingPoint();

    private static PromptForm OfRun(ITensorSource source)
    {
        PromptCandidate[] prompts = [.. source.Entries.Where(static entry => IsPrompt(entry.Name)).Select(entry => PromptCandidate.Of(source, entry))];
        PromptCandidate[] targets = Array.FindAll(prompts, static prompt => prompt.Name.StartsWith(Target, StringComparison.Ordinal));
        string contents = $"holds the prompts of a run ({PromptNames.List([.. prompts.Select(static prompt => prompt.Name)])})";
        return new PromptForm(prompts, targets.Length == 1 ? targets[0] : null, contents, AreAllPrompts: true);

        static bool IsPrompt(string name) => Array.Exists(s_runPrompts, kind => name.StartsWith(kind, StringComparison.Ordinal));
    }

    /// <summary>[K, P, H]: as ATTEMPT saves the prompts of several tasks.</summary>
    private static PromptForm Stacked(ITensorSource source, TensorEntry entry)
    {
        PromptCandidate.Require(source, entry, rank: 3);
        int count = entry.Shape[0], width = entry.Shape[2], length = checked((int)Math.Min(int.MaxValue, (long)entry.Shape[1] * width));
        if (count > MostPrompts) throw new TensorFileException(source.Path, $"holds {PromptNames.Show(entry)}, expected at most {MostPrompts} prompts");
        Lazy<float[]> all = new(() => source.ReadSingles(entry.Name));
        return Numbered(
            [.. Enumerable.Range(0, count).Select(i => new PromptCandidate($"{i}", width, entry.DType, () => all.Value.AsSpan(i * length, length).ToArray()))],
            $"holds {count} prompts ({PromptNames.Show(entry)}), 0 to {count - 1}");
    }
}
