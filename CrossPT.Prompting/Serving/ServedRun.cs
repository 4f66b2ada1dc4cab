using CrossPT.Prompting.Configuration;
using CrossPT.Prompting.Files;
using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;
using CrossPT.Prompting.Runs;
using CrossPT.Prompting.Tasks;
using CrossPT.Tensors;
using CrossPT.Tensors.Files;
using CrossPT.Transformer;
using CrossPT.Transformer.Tokenization;

namespace CrossPT.Prompting.Serving;

/// <summary>
/// Reads the tasks of a run folder, or of a PEFT adapter with a task declaration, for a model in memory.
/// </summary>
internal static class ServedRun
{
    /// <summary>The declaration of a PEFT adapter's task, beside its weights.</summary>
    public const string DeclarationName = "task.json";

    /// <summary>The tasks, each under its own name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model being served.</param>
    /// <param name="identity">Which one it is.</param>
    /// <param name="tokenizerOf">The tokenizer of a path; the model's own of null.</param>
    /// <exception cref="ConfigurationException">The folder is no run, or one of another model.</exception>
    /// <exception cref="TensorFileException">The prompts are missing or broken.</exception>
    public static IReadOnlyList<ServedTask> Load(
        string folder, T5Model model, ModelIdentity identity, Func<string?, ITokenizer> tokenizerOf)
    {
        string run = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (PeftAdapter.FolderOf(folder) is { } adapter)
            return [LoadAdapter(adapter, run, model, identity, tokenizerOf(null))];
        RunRecord record = RunRecord.Load(Path.Combine(folder, RunFolder.ConfigName));
        if (record.Configuration.TrainsModel)
        {
            throw new ConfigurationException(
                folder, $"has a fully fine-tuned model of its own, expected prompts for '{identity.Name}'");
        }
        if (record.Model.Sha256 != identity.Sha256)
        {
            throw new ConfigurationException(
                folder,
                $"was trained with the model '{record.Model.Name}', SHA-256 {record.Model.Sha256}, expected "
                + $"'{identity.Name}', SHA-256 {identity.Sha256}, the model being served");
        }
        TrainedRun loaded = TrainedRun.Load(folder, model, tokenizerOf(record.Configuration.Data.Tokenizer));
        try
        {
            return LoadTasks(loaded, folder, run, model);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private static ServedTask[] LoadTasks(TrainedRun loaded, string folder, string run, T5Model model)
    {
        RouterTable? router = ReadRouter(loaded, folder);
        ServedPrompts prompts = new(loaded.Prompts, loaded);
        if (loaded.Prompts is PromptMethod { ReadsTexts: false } graph)
        {
            // What is added to texts is computed once and not in every batch.
            TargetPrompts collapsed = TargetPrompts.Collapse(graph, model.Backend);
            prompts = new ServedPrompts(collapsed, collapsed);
        }
        string[] columns = loaded.Prompts is PromptMethod method ? [.. method.Sources, RouterTable.PrivateColumn] : [];
        ServedTask[] tasks =
        [
            .. loaded.Tasks.Select((name, place) => new ServedTask(name, run, loaded.Codec(name), prompts, place)
            {
                Router = router is null ? [] : [.. router.Columns.Zip(router.Weights[place])],
                Columns = columns,
            }),
        ];
        if (prompts.Value != loaded.Prompts) loaded.Dispose();
        return tasks;
    }

    /// <summary>
    /// The router's table; null where it has none. Only runs that have a router saved are composed for it.
    /// </summary>
    private static RouterTable? ReadRouter(TrainedRun run, string folder)
    {
        if (run.Prompts is PromptMethod composed) return composed.Router;
        if (!File.Exists(Path.Combine(folder, RunFolder.RouterName))) return null;
        using PromptMethod graph = run.Compose();
        return graph.Router;
    }

    private static ServedTask LoadAdapter(
        string folder, string run, T5Model model, ModelIdentity identity, ITokenizer tokenizer)
    {
        string declaration = Path.Combine(folder, DeclarationName);
        if (!File.Exists(declaration))
        {
            throw new ConfigurationException(
                folder, $"is a PEFT adapter without {DeclarationName}, expected the declaration of its task there");
        }
        TaskDeclaration task = TaskDeclaration.Load(declaration);
        SavedPrompt prompt = PromptFile.Load(folder);
        if (prompt.BaseModel is { } name && LastPart(name) != LastPart(identity.Name))
        {
            throw new ConfigurationException(
                folder, $"was tuned for the model '{name}', expected '{identity.Name}', the model being served");
        }
        float[] rows = prompt.RowsFor(model.Config.ModelWidth);
        try
        {
            TaskCodec codec = new(task, tokenizer, model.Config, new DataSettings().SourceLength);
            using TensorScope scope = new();
            Tensor tensor = TensorData.FromSingles(model.Backend, rows, prompt.Length, prompt.Width);
            TargetPrompts prompts = new([task.Name], tensor);
            return new ServedTask(task.Name, run, codec, new ServedPrompts(prompts, prompts), 0);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException(declaration, error.Reason(), error);
        }
    }

    // "google-t5/t5-base" and the folder "…/t5-base" are one model.
    private static string LastPart(string name) => Path.GetFileName(Path.TrimEndingDirectorySeparator(name));
}

/// <summary>
/// Prompts shared by the tasks of a run and by the requests that use them. The users are counted under the server's
/// lock; the worker disposes what nobody uses any more, so that nothing is freed under a batch.
/// </summary>
internal sealed class ServedPrompts(ITargetPrompts value, IDisposable owner) : IDisposable
{
    public ITargetPrompts Value => value;

    public int Users { get; set; }

    public void Dispose() => owner.Dispose();
}
