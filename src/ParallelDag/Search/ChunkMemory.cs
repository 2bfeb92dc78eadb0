using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tensors;

namespace ParallelDag.Search;

/// <summary>
/// The most bytes of activations on a GPU while the last chunk of a prompt passes, which attends to most. The program of the shortest
/// chunk tells it of all: of the tokens that pass a tensor grows in proportion; of the positions that they attend to by as many as there
/// are more, up to the whole prompt.
/// </summary>
internal sealed class ChunkMemory
{
    private readonly int[] _chunks;
    private readonly double[] _most;

    private ChunkMemory(int[] chunks) => (_chunks, _most) = (chunks, new double[chunks.Length]);

    /// <summary>What chunks keep alive.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sections">The programs of the shortest chunk, one on every data-parallel rank.</param>
    /// <param name="chunks">Tokens of the chunks; they ascend.</param>
    public static ChunkMemory Of(ModelSpec model, PhaseSections sections, int[] chunks)
    {
        var memory = new ChunkMemory(chunks);
        PhaseContext context = sections.Context;

        // Under a window what is attended to may stop growing between two chunks; else the first and the last tell of the others.
        bool kinks = model.LayerKinds.Any(kind => kind.Mixer?.ReadPositions(context.Length, chunks[0]) < context.Length);
        int[] looked = kinks || chunks.Length < 3 ? chunks : [chunks[0], chunks[^1]];
        foreach (int rank in StageMemory.Representatives(sections))
        {
            foreach (OperatorProgram program in sections.Kinds.Append(sections.Entry).Append(sections.Exit))
                memory.Add([.. looked.Select(chunk => LiveActivations.Of(program, tensor => BytesAt(context, tensor, rank, chunk)))]);
        }

        return memory;
    }

    /// <summary>The most bytes while a chunk of so many tokens passes, one on every data-parallel rank.</summary>
    public double Activations(int chunk) => _most[Array.IndexOf(_chunks, chunk)];

    /// <summary>Takes what is alive at each step of a program in each chunk, or in the first and the last.</summary>
    private void Add(long[][] lives)
    {
        long[] first = lives[0], last = lives[^1];
        for (int chunk = 0; chunk < _chunks.Length; chunk++)
        {
            if (lives.Length == _chunks.Length)
            {
                _most[chunk] = Math.Max(_most[chunk], lives[chunk].Max());
                continue;
            }

            double share = (double)(_chunks[chunk] - _chunks[0]) / (_chunks[^1] - _chunks[0]);
            for (int step = 0; step < first.Length; step++)
                _most[chunk] = Math.Max(_most[chunk], first[step] + (share * (last[step] - first[step])));
        }
    }

    private static long BytesAt(PhaseContext context, ITensor tensor, int rank, int chunk)
    {
        long bytes = tensor.LocalBytes(rank), shortest = context.SequenceLength;
        if (chunk == shortest)
            return bytes;
        if (tensor is RoutedTensor)
            return Scaled(bytes, chunk, shortest);
        foreach ((string name, long size) in ((ShardedTensor)tensor).Dimensions)
        {
            if (name == "seq_len" && size >= shortest)
                return Scaled(bytes, size == shortest ? chunk : Math.Min(context.Length, size + chunk - shortest), size);
        }

        // A tensor of sequences, or of their last positions.
        return bytes;
    }

    private static long Scaled(long bytes, long to, long from) => (long)((((Int128)bytes * to) + from - 1) / from);
}
