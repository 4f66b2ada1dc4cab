namespace CrossPT.Autograd;

/// <summary>A trained variable and what checkpoints, reports and errors call it.</summary>
/// <param name="Name">Unique among the parameters it is used with.</param>
/// <param name="Variable">The leaf that is trained.</param>
public sealed record NamedParameter(string Name, Variable Variable);
