using CrossPT.Tensors.Files;

namespace CrossPT.Prompting.Files;

/// <summary>Reads soft prompts [P, H] from whatever they were saved as.</summary>
/// <remarks>
/// What is read:
/// <list type="bullet">
/// <item>a safetensors, PyTorch or NumPy file with one matrix in it;</item>
/// <item>the folder of a PEFT adapter, or the weights in it: prompt tuning, P-tuning (saved collapsed), multitask
/// prompt tuning (a prompt a task, 0 to K − 1). Rows for a decoder, which T5's prompt tuning does not read, are left
/// out;</item>
/// <item>a run folder, or its <c>prompts.safetensors</c>: <c>target.TASK</c>, <c>private.TASK</c>,
/// <c>source.NAME</c>;</item>
/// <item>the state of a CrossPT prompt encoder: an embedding, alone or before an MLP that is evaluated; OpenPrompt's
/// soft template, and its mixed one without the row that stands for tokens that are not soft;</item>
/// <item>a tensor [K, P, H]: K prompts, 0 to K − 1.</item>
/// </list>
/// A model's vocabulary beside a prompt is left out, with a note. A file with anything else beside a prompt is refused,
/// and so is a number that is not finite: neither is told from a mistake.
/// </remarks>
public static class PromptFile
{
    /// <summary>Reads one prompt.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="choice">Which one, of several: a task, or the full name. Null where there is one, or a run has one
    /// task.</param>
    /// <param name="activation">Activation of an encoder's MLP, where the file has one.</param>
    /// <exception cref="TensorFileException">There is no such prompt, there are several, or the file is
    /// broken.</exception>
    public static SavedPrompt Load(
        string path, string? choice = null, EncoderActivation activation = EncoderActivation.Relu)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using PromptContents contents = PromptContents.Open(path, activation);
        return contents.Read(contents.Choose(choice));
    }

    /// <summary>Reads every prompt of a file or folder: the tasks of an adapter or a run, or the only one.</summary>
    /// <inheritdoc cref="Load"/>
    public static IReadOnlyList<SavedPrompt> LoadAll(string path, EncoderActivation activation = EncoderActivation.Relu)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using PromptContents contents = PromptContents.Open(path, activation);
        return [.. contents.All().Select(contents.Read)];
    }

    /// <summary>Reads one prompt for a model.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="width">H, the width of the model it is for.</param>
    /// <returns>The rows end to end.</returns>
    /// <exception cref="TensorFileException">There is no prompt, there are several, or it is of another
    /// width.</exception>
    public static float[] Read(string path, int width) => Load(path).RowsFor(width);
}
