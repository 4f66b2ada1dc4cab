namespace CrossPT.Runner.Hub;

/// <summary>A file of a model in the cache.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Downloaded">Whether it came now.</param>
internal sealed record PulledFile(string Name, long Bytes, bool Downloaded);

/// <summary>A model in the cache.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Commit">The commit that is.</param>
/// <param name="Folder">Its snapshot: a model folder like any other.</param>
/// <param name="Files">What it consists of.</param>
internal sealed record ModelPull(HubName Name, string Commit, string Folder, IReadOnlyList<PulledFile> Files);
