using ParallelDag.Plans;

namespace ParallelDag.Search;

/// <summary>
/// Passes of continuous batching on the ranks of one division of a stage, with and without a chunk: what pipelines of any length share.
/// </summary>
internal sealed class SharedPasses
{
    private readonly int _parts;
    private readonly long _passing;
    private readonly StageForm _prompts;
    private readonly ChunkMemory _chunks;
    private readonly Dictionary<int, SectionSeconds> _alone = [];
    private readonly Dictionary<(int Batch, int Chunk), SectionSeconds> _mixed = [];

    public SharedPasses(SearchProblem problem, FormTable forms, PhaseStrategy shape, int[] chunks)
    {
        _passing = problem.Workload.PassingPositions;
        Decode = forms.FormOf(PhaseKind.Decode, shape);
        _prompts = forms.FormOf(PhaseKind.Prefill, shape);
        _parts = shape.DataParts;
        _chunks = ChunkMemory.Of(problem.Model, LastChunk(problem, shape, chunks[0]), chunks);
    }

    /// <summary>Decode on these ranks.</summary>
    public StageForm Decode { get; }

    /// <summary>A pass of so many sequences.</summary>
    public SectionSeconds Alone(int batch)
    {
        if (!_alone.TryGetValue(batch, out SectionSeconds? seconds))
            _alone.Add(batch, seconds = Decode.Even(batch));
        return seconds;
    }

    /// <summary>A pass of so many sequences and of a chunk on every data-parallel rank.</summary>
    public SectionSeconds Mixed(int batch, int chunkOfRank)
    {
        if (_mixed.TryGetValue((batch, chunkOfRank), out SectionSeconds? seconds))
            return seconds;
        double chunk = (double)chunkOfRank * _parts;
        _mixed.Add((batch, chunkOfRank), seconds = Decode.Mixed(batch, chunk, _prompts, chunk / _passing));
        return seconds;
    }

    /// <summary>The most bytes of activations while a chunk passes.</summary>
    public double ChunkActivations(int chunkOfRank) => _chunks.Activations(chunkOfRank);

    private PhaseSections LastChunk(SearchProblem problem, PhaseStrategy shape, int length) => new(
        problem.Model, problem.Workload, PhaseKind.Prefill, shape, _parts, (problem.Workload.PromptLength - length, length));
}
