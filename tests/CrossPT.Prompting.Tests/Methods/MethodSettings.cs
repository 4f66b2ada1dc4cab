using CrossPT.Prompting.Methods;
using CrossPT.Prompting.Prompts;
using CrossPT.Prompting.Routing;

namespace CrossPT.Prompting.Tests.Methods;

/// <summary>Settings that together reach every form, composition, router and share.</summary>
internal static class MethodSettings
{
    private static readonly PrivateSettings s_none = new() { Role = PrivateRole.None };
    private static readonly PrivateSettings s_column = new() { Role = PrivateRole.Column };
    private static readonly StartSettings s_uniform = new() { Kind = PromptStart.Uniform };
    private static readonly RouterSettings s_off = new() { Kind = RouterKind.None };

    public static IReadOnlyDictionary<string, (PromptSettings Prompt, RouterSettings Router)> All { get; } =
        new Dictionary<string, (PromptSettings, RouterSettings)>
    {
        ["prompt tuning"] = (new PromptSettings { Length = 3 }, s_off),
        ["low rank"] = (Own(new FormSettings { Form = PromptForm.LowRank, Rank = 2 }), s_off),
        ["low rank from a prompt"] = (Own(new FormSettings { Form = PromptForm.LowRank, Rank = 2 }, s_uniform), s_off),
        ["mlp relu"] = (Own(new FormSettings { Form = PromptForm.Mlp, Hidden = 7 }, s_uniform), s_off),
        ["mlp gelu of two layers"] = (
            Own(new FormSettings { Form = PromptForm.Mlp, Layers = 2, Activation = PromptActivation.Gelu }, s_uniform),
            s_off),
        ["residual mlp"] = (
            Own(
                new FormSettings { Form = PromptForm.ResidualMlp, Hidden = 8, Activation = PromptActivation.Gelu },
                s_uniform), s_off),
        ["mpt"] = (Own(new FormSettings { Form = PromptForm.Multiplicative }, s_uniform), s_off),
        ["mpt of rank 2"] = (Own(new FormSettings { Form = PromptForm.Multiplicative, Rank = 2 }, s_uniform), s_off),
        ["dept"] = (new PromptSettings { Length = 2, UpdateRank = 2 }, s_off),
        ["dept after the text"] =
            (new PromptSettings { Length = 2, UpdateRank = 2, Position = PromptPosition.After }, s_off),
        ["two own prompts"] = (new PromptSettings
        {
            Target = new PrivateSettings
            {
                Combination = PromptCombination.Concatenation,
                Share = ShareKind.Learned,
                Form = new FormSettings { Form = PromptForm.LowRank, Rank = 1 },
            },
        }, new RouterSettings()),
        ["multiplicative beside sources"] = (
            new PromptSettings
            {
                Private = new PrivateSettings
                {
                    Form = new FormSettings { Form = PromptForm.Multiplicative },
                    Start = s_uniform,
                },
            }, new RouterSettings()),
        ["crosspt"] = (new PromptSettings(), new RouterSettings { Temperature = 0.7 }),
        ["sources alone, trained"] = (
            new PromptSettings { Private = s_none, Sources = new SourceSettings { Trained = true } },
            new RouterSettings()),
        ["sources of low rank"] = (
            new PromptSettings
            {
                Private = s_none,
                Sources = new SourceSettings
                {
                    Trained = true,
                    Form = new FormSettings { Form = PromptForm.LowRank, Rank = 2 },
                },
            }, new RouterSettings()),
        ["column"] = (new PromptSettings { Private = s_column }, new RouterSettings()),
        ["column and target"] = (
            new PromptSettings
            {
                Private = s_column,
                Target = new PrivateSettings { Share = ShareKind.Fixed, FixedShare = 0.25 },
            }, new RouterSettings()),
        ["concatenation"] = (
            new PromptSettings
            {
                Private = s_none,
                Composition = CompositionKind.Concatenation,
                Sources = new SourceSettings { Trained = true },
            }, new RouterSettings()),
        ["mcat"] = (
            new PromptSettings
            {
                Composition = CompositionKind.Concatenation,
                Private = new PrivateSettings { Combination = PromptCombination.Product, Start = s_uniform },
            },
            new RouterSettings { TopK = 2 }),
        ["concatenation with a column"] = (
            new PromptSettings { Private = s_column, Composition = CompositionKind.Concatenation },
            new RouterSettings { TopK = 3 }),
        ["sum"] = (
            new PromptSettings
            {
                Private = s_column,
                Composition = CompositionKind.Sum,
                Sources = new SourceSettings { Trained = true },
            }, new RouterSettings()),
        ["product"] = (
            new PromptSettings
            {
                Private = s_column,
                Composition = CompositionKind.Product,
                Sources = new SourceSettings { Trained = true },
            }, new RouterSettings()),
        ["mean pool"] =
            (new PromptSettings { Composition = CompositionKind.MeanPool, Private = s_column }, new RouterSettings()),
        ["max pool"] = (
            new PromptSettings
            {
                Composition = CompositionKind.MaxPool,
                Private = s_column,
                Sources = new SourceSettings { Trained = true },
            }, new RouterSettings()),
        ["msum with a learned share"] = (
            new PromptSettings
            {
                Private = new PrivateSettings
                {
                    Combination = PromptCombination.Product,
                    Share = ShareKind.Learned,
                    Start = s_uniform,
                },
            }, new RouterSettings()),
        ["learned share"] =
            (new PromptSettings { Private = new PrivateSettings { Share = ShareKind.Learned } }, new RouterSettings()),
        ["fixed share"] = (
            new PromptSettings { Private = new PrivateSettings { Share = ShareKind.Fixed, FixedShare = 0.3 } },
            new RouterSettings()),
        ["concatenated private"] = (
            new PromptSettings
            {
                Private = new PrivateSettings
                {
                    Combination = PromptCombination.Concatenation,
                    Share = ShareKind.Learned,
                },
            }, new RouterSettings()),
        ["top-k"] =
            (new PromptSettings { Sources = new SourceSettings { Trained = true } }, new RouterSettings { TopK = 2 }),
        ["threshold"] = (
            new PromptSettings { Sources = new SourceSettings { Trained = true } },
            new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Threshold = 0.48 }),
        ["sigmoid"] = (new PromptSettings(), new RouterSettings { Mode = RouterMode.ConsistentSigmoid }),
        ["sigmoid, summing to 1"] = (
            new PromptSettings(),
            new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Normaliser = RouterNormaliser.Sum }),
        ["sigmoid, softmax of it"] = (
            new PromptSettings(),
            new RouterSettings { Mode = RouterMode.ConsistentSigmoid, Normaliser = RouterNormaliser.Softmax }),
        ["sigmoid, sampled"] = (
            new PromptSettings { Private = s_column, Sources = new SourceSettings { Trained = true } },
            new RouterSettings
            {
                Mode = RouterMode.ConsistentSigmoid,
                Sampling = true,
                Temperature = 0.8,
                Schedule = TemperatureSchedule.Linear,
            }),
        ["sigmoid, sampled by task"] = (
            new PromptSettings(),
            new RouterSettings
            {
                Mode = RouterMode.ConsistentSigmoid,
                Sampling = true,
                SamplePerRow = false,
                Temperature = 0.8,
                Normaliser = RouterNormaliser.Sigmoid,
            }),
        ["faithful"] = (
            new PromptSettings { Private = s_column },
            new RouterSettings
            {
                Mode = RouterMode.Faithful,
                Temperature = 5,
                Schedule = TemperatureSchedule.Exponential,
            }),
        ["faithful, not normalised, concatenated"] = (
            new PromptSettings
            {
                Private = s_none,
                Composition = CompositionKind.Concatenation,
                Sources = new SourceSettings { Trained = true },
            },
            new RouterSettings
            {
                Mode = RouterMode.Faithful,
                Temperature = 5,
                Normaliser = RouterNormaliser.None,
                EvaluationNormaliser = RouterNormaliser.None,
                TopK = 2,
            }),
        ["faithful without samples"] =
            (new PromptSettings(), new RouterSettings { Mode = RouterMode.Faithful, Sampling = false }),
        ["untrained router"] = (
            new PromptSettings { Sources = new SourceSettings { Trained = true }, Private = s_column },
            new RouterSettings { Trained = false }),
        ["attempt"] = (
            new PromptSettings(),
            new RouterSettings { Kind = RouterKind.Attempt, Bottleneck = 5, AttemptTemperature = 3 }),
    };

    public static IEnumerable<object[]> Names => All.Keys.Select(static name => new object[] { name });

    private static PromptSettings Own(FormSettings form, StartSettings? start = null)
        => new() { Length = 3, Private = new PrivateSettings { Form = form, Start = start ?? new StartSettings() } };
}
