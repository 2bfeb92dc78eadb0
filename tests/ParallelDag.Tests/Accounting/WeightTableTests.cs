using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Accounting;

public class WeightTableTests
{
    // Mixtral-8x7B by hand: 32 layers of 8 experts of 3*4096*14336, a gate of 8*4096 and two norms of 4096; one norm and two tables of
    // 32000*4096 at the ends. 46,702,792,704 in all.
    private static readonly ModelSpec Mixtral = new ModelOutline
    {
        Layers = 32, Hidden = 4096, Heads = 32, KvHeads = 8, HeadDim = 128, Ffn = 14336, Vocab = 32000,
        Moe = new MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 14336 },
    };

    [Fact]
    public void Parameters_of_every_class_are_those_of_all_layers_and_both_ends()
    {
        (WeightClass, long)[] rows = [.. WeightTable.Of(Mixtral).Select(row => (row.Class, row.Parameters))];
        Assert.Equal(
            [
                (WeightClass.Attention, 1_342_177_280), (WeightClass.Expert, 45_097_156_608), (WeightClass.Router, 1_048_576),
                (WeightClass.Norm, 266_240), (WeightClass.Embedding, 131_072_000), (WeightClass.Head, 131_072_000),
            ],
            rows);
    }

    [Fact]
    public void Bytes_by_class_sum_over_formats()
    {
        IReadOnlyDictionary<WeightClass, long> bytes = ModelSize.WeightBytesByClass(Mixtral);
        Assert.Equal(46_702_792_704 * 2, bytes.Values.Sum());
        Assert.Equal(32L * 8 * 3 * 4096 * 14336 * 2, bytes[WeightClass.Expert]);
    }
}
