using System.Reflection;
using ParallelDag.Graphs;

namespace ParallelDag.Tests.Graphs;

/// <summary>The table of operators: a row a name, and rows that say enough for rules and readers.</summary>
public sealed class OpsTests
{
    [Fact]
    public void Every_name_has_exactly_one_row()
    {
        var names = typeof(Ops).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(names.Order(StringComparer.Ordinal), Ops.Table.Select(row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Ops.Table.Select(row => row.Name), Ops.All);
        Assert.All(Ops.Table, row => Assert.Same(row, Ops.Find(row.Name)));
        Assert.Null(Ops.Find("softmax"));
        Assert.Null(Ops.Find(null));
    }

    [Fact]
    public void A_collective_says_which_and_over_which_axes() => Assert.All(Ops.Table, row =>
    {
        bool moves = row.Kind == NodeKind.Communication || row.Role == OperatorRole.LastGather;
        Assert.Equal(moves, row.Collective != CollectiveKind.None);
        Assert.Equal(moves && row.Role is not (OperatorRole.Send or OperatorRole.CacheTransfer), row.GroupAxes.Count > 0);
    });

    [Fact]
    public void Words_are_written_as_readers_compare_them() => Assert.All(
        Ops.Table.SelectMany(row => row.Words), word => Assert.All(word, letter => Assert.InRange(letter, 'a', 'z')));

    [Theory]
    [InlineData(OperatorRole.Core, 6)]
    [InlineData(OperatorRole.Residual, 4)]
    [InlineData(OperatorRole.Norm, 9)]
    public void Operators_have_their_roles(OperatorRole role, int count) => Assert.Equal(count, Ops.Table.Count(row => row.Role == role));
}
