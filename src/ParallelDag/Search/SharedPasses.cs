using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// Passes of continuous batching on the ranks of one division of a stage, with and without a chunk: what pipelines of any length share.
/// </summary>
internal sealed class SharedPasses
{
    private readonly int _parts;
    private readonly int _prompt;
    private readonly StageForm _prompts;
    private readonly StageMemory _chunks;
    private readonly Dictionary<int, double> _activations = [];
    private readonly SectionSeconds?[] _alone = new SectionSeconds?[BatchLadder.Coarse.Length];
    private readonly Dictionary<int, SectionSeconds?[]> _mixed = [];

    public SharedPasses(SearchProblem problem, FormTable forms, PhaseStrategy shape, int[] chunks)
    {
        _prompt = problem.Workload.PromptLength;
        Decode = forms.FormOf(PhaseKind.Decode, shape);
        _prompts = forms.FormOf(PhaseKind.Prefill, shape);
        _parts = shape.DataParts;

        // The last chunk of a prompt holds most; what is alive grows evenly with its length.
        int longest = chunks[^1], shorter = chunks.Length > 1 ? chunks[0] : Math.Max(1, longest / 2);
        PhaseSections one = Chunk(problem, shape, shorter), other = longest == shorter ? one : Chunk(problem, shape, longest);
        _chunks = StageMemory.OfChunks(problem.Model, (shorter, one), (longest, other));
    }

    /// <summary>Decode on these ranks.</summary>
    public StageForm Decode { get; }

    /// <summary>A pass of so many sequences, a step of <see cref="BatchLadder.Coarse"/>.</summary>
    public SectionSeconds Alone(int step, int batch) => _alone[step] ??= Decode.Even(batch);

    /// <summary>The same with a chunk on every data-parallel rank.</summary>
    public SectionSeconds Mixed(int step, int batch, int chunkOfRank)
    {
        if (!_mixed.TryGetValue(chunkOfRank, out SectionSeconds?[]? known))
            _mixed.Add(chunkOfRank, known = new SectionSeconds?[BatchLadder.Coarse.Length]);
        double chunk = (double)chunkOfRank * _parts;
        return known[step] ??= Decode.Mixed(batch, chunk, _prompts, chunk / _prompt);
    }

    /// <summary>The most bytes of activations while a chunk passes.</summary>
    public double ChunkActivations(int chunkOfRank)
    {
        if (!_activations.TryGetValue(chunkOfRank, out double bytes))
            _activations.Add(chunkOfRank, bytes = _chunks.MostActivations(chunkOfRank));
        return bytes;
    }

    private PhaseSections Chunk(SearchProblem problem, PhaseStrategy shape, int length)
    {
        long passing = problem.Workload.PromptLength - problem.Workload.CachedPositions, own = Math.Min(length, passing);
        return new PhaseSections(
            problem.Model, problem.Workload, PhaseKind.Prefill, shape, _parts, (problem.Workload.PromptLength - own, own));
    }
}
