using CrossPT.Tensors;

namespace CrossPT.Transformer.Tests.T5;

/// <summary>One case of a fixture as a batch without padding, and the golden rows that belong to its rows.</summary>
internal sealed class GoldenCase
{
    private readonly Fixture _fixture;
    private readonly string _case;
    private readonly List<int> _places = [];

    public GoldenCase(Fixture fixture, string name)
    {
        _fixture = fixture;
        _case = name;
        int[][] ids = fixture.Rows("input_ids"), mask = fixture.Rows("attention_mask");
        Prompt = name == "prompt" ? [.. fixture.Doubles("soft_prompt").Select(static x => (float)x)] : [];
        PromptRows = name == "prompt" ? fixture.Sizes("soft_prompt")[0] : 0;
        List<int> rows = [], indices = [];
        int[] lengths = new int[ids.Length];
        for (int b = 0; b < ids.Length; b++)
        {
            int first = b * (PromptRows + ids[b].Length), before = rows.Count;
            for (int p = 0; p < PromptRows; p++) Add(0, p, first + p);
            for (int t = 0; t < ids[b].Length; t++)
                if (mask[b][t] != 0) Add(ids[b][t], -1, first + PromptRows + t);
            lengths[b] = rows.Count - before;
        }
        Ids = [.. rows];
        PromptIndices = [.. indices];
        Sources = SequenceOffsets.FromLengths(lengths);
        Targets = TargetBatch.Create(fixture.Rows("decoder_input_ids"), fixture.Rows("labels"));

        void Add(int id, int prompt, int place)
        {
            rows.Add(id);
            indices.Add(prompt);
            _places.Add(place);
        }
    }

    public int[] Ids { get; }

    /// <summary>Row of the prompt, or −1 for a token.</summary>
    public int[] PromptIndices { get; }

    public float[] Prompt { get; }

    public int PromptRows { get; }

    public SequenceOffsets Sources { get; }

    public TargetBatch Targets { get; }

    /// <summary>Golden numbers; of source rows, only those that are no padding.</summary>
    public double[] Golden(string tensor)
    {
        string name = $"{_case}.f64.{tensor}";
        double[] values = _fixture.Doubles(name);
        int[] sizes = _fixture.Sizes(name);
        if (tensor is not ("encoder_last_hidden_state" or "grad_encoder_last_hidden_state" or "grad_inputs_embeds"))
            return values;
        return [.. _places.SelectMany(place => values.AsSpan(place * sizes[2], sizes[2]).ToArray())];
    }

    /// <summary>Golden ids without the start id.</summary>
    public int[][] GreedyIds(bool stopAtEnd)
        => Array.ConvertAll(_fixture.Rows($"{_case}.greedy_ids{(stopAtEnd ? "_eos" : "")}"), static row => row[1..]);
}
