using ILGPU;

namespace CrossPT.Tensors.Cuda;

/// <summary>
/// One block of the backward pass: the scores again from the inputs, P = e^(S − log Σ exp), dP = dO·Vᵀ under dropout,
/// dS = P · (dP − Σ P·dP).
/// </summary>
internal readonly struct ScoreGradients<TKind>
    where TKind : struct, IGradientKind
{
    private readonly ArrayView<Float4> _staging;
    private readonly ArrayView<Float4> _scores;
    private readonly ArrayView<Float4> _gradients;
    private readonly ArrayView<float> _logs;
    private readonly ArrayView<float> _deltas;
    private readonly ScoreLines _lines;

    /// <summary>Takes the group's shared memory; gradients of scores need a second tile.</summary>
    public ScoreGradients(ArrayView<Float4> staging, ArrayView<Float4> scores, ArrayView<Float4> gradients)
    {
        _staging = staging;
        _scores = scores;
        _gradients = gradients;
        _logs = SharedMemory.Allocate<float>(Tile64.Edge);
        _deltas = SharedMemory.Allocate<float>(Tile64.Edge);
        _lines = new ScoreLines(Tile64.Edge);
    }

    /// <summary>Per-query-row scalars: log Σ exp, Σ P·dP, the mask's keys.</summary>
    public void LoadQueries(AttentionCall call, HeadBlock at, int query)
    {
        for (int i = Group.IdxX; i < Tile64.Edge; i += Group.DimX)
        {
            bool exists = query + i < at.Queries;
            long row = ((long)(at.FirstQuery + query + i) * call.Heads) + at.Head;
            _logs[i] = exists ? call.LogSumExp[row] : 0;
            _deltas[i] = exists && call.Delta.Length > 0 ? call.Delta[row] : 0;
        }
        _lines.LoadMask(call, at, query);
    }

    /// <summary>
    /// S, and dP where it is wanted, of own rows and the other rows from <paramref name="first"/>, into the tiles.
    /// </summary>
    public void Multiply(AttentionCall call, HeadBlock at, int first)
    {
        Operand query = at.OfQueries(call, call.Query, call.QueryStride, call.QueryVectors);
        Operand key = at.OfKeys(call, call.Key, call.KeyStride, call.KeyVectors);
        int own = (TKind.OwnIsQuery ? at.Queries : at.Keys) - at.First;
        RegisterTile block = default;
        KTiles<Tile64>.Multiply<InnerLines, InnerLines>(
            ref block, TKind.OwnIsQuery ? query : key, at.First, TKind.OwnIsQuery ? key : query, first, 0, call.Width,
            _staging, own);
        ScoreTile.Store(block, _scores);
        if (TKind.OfScores)
        {
            Operand gradient = at.OfQueries(
                call, call.OutputGradient, call.OutputGradientStride, call.OutputGradientVectors);
            Operand value = at.OfKeys(call, call.Value, call.ValueStride, call.ValueVectors);
            block = default;
            KTiles<Tile64>.Multiply<InnerLines, InnerLines>(
                ref block, TKind.OwnIsQuery ? gradient : value, at.First, TKind.OwnIsQuery ? value : gradient, first, 0,
                call.Width, _staging, own);
            ScoreTile.Store(block, _gradients);
        }
        _lines.LoadBias(call, at, TKind.OwnIsQuery ? at.First : first, TKind.OwnIsQuery ? first : at.First);
    }

    /// <summary>
    /// Turns the scores of own row i with the first <paramref name="read"/> other rows into what is summed: dS, or P
    /// under dropout. Zeros where no query sees a key.
    /// </summary>
    public void Finish(AttentionCall call, HeadBlock at, int first, int read, int i)
    {
        ArrayView<float> scores = _scores.Cast<float>(), gradients = _gradients.Cast<float>();
        for (int j = 0; j < read; j++)
        {
            int element = ScoreTile.Element(j, i), q = TKind.OwnIsQuery ? i : j, k = TKind.OwnIsQuery ? j : i;
            int query = q + (TKind.OwnIsQuery ? at.First : first), key = k + (TKind.OwnIsQuery ? first : at.First);
            float result = 0;
            if (query < at.Queries && key < at.Seen(call, query))
            {
                float p = KernelMath.Exp(scores[element] + _lines.Bias(call, q, k) - _logs[q]);
                float kept = _lines.Kept(call, q, key);
                result = TKind.OfScores ? p * ((gradients[element] * kept) - _deltas[q]) : p * kept;
            }
            scores[element] = result;
        }
    }

    /// <summary>Σ P·dP of own row i over this block, which must be a query.</summary>
    public float Delta(AttentionCall call, HeadBlock at, int first, int i)
    {
        ArrayView<float> scores = _scores.Cast<float>(), gradients = _gradients.Cast<float>();
        int query = at.First + i, seen = query < at.Queries ? Math.Min(at.Seen(call, query) - first, Tile64.Edge) : 0;
        float sum = 0;
        for (int j = 0; j < seen; j++)
        {
            int element = ScoreTile.Element(j, i);
            float p = KernelMath.Exp(scores[element] + _lines.Bias(call, i, j) - _logs[i]);
            sum = Intrinsics.Fma(p, gradients[element] * _lines.Kept(call, i, first + j), sum);
        }
        return sum;
    }
}
