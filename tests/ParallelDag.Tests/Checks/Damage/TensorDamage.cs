using ParallelDag.Graphs;
using ParallelDag.Tensors;

namespace ParallelDag.Tests.Checks.Damage;

/// <summary>Dimensions and placements that say something else than what flows.</summary>
internal static class TensorDamage
{
    private static readonly string[] Dimensions =
        ["batch_size", "seq_len", "hidden", "heads", "kv_heads", "d_k", "latent_dim", "ffn", "experts", "tokens", "top_k", "vocab"];

    public static IEnumerable<DamageKind> All
    {
        get
        {
            foreach (bool input in new[] { true, false })
            {
                string side = input ? "input" : "output";
                foreach (string dimension in Dimensions)
                    yield return Sizes($"an {side}'s {dimension} is doubled", input, dimension, size => 2 * size);
                yield return Sizes($"an {side}'s size is one more", input, null, size => size + 1);
                yield return Sizes($"an {side}'s size is one less", input, null, size => size - 1);
                yield return Sizes($"an {side}'s size is 0", input, null, _ => 0);
                yield return Lists($"an {side} is not told", input, _ => TensorList.None);
                yield return Lists($"an {side}'s dimension is renamed", input,
                    list => Last(list, dimensions => [.. dimensions.SkipLast(1), dimensions[^1] with { Name = "width" }]));
                yield return Lists($"an {side}'s dimension is gone", input,
                    list => Last(list, dimensions => dimensions.Length > 1 ? dimensions[..^1] : dimensions));
                yield return Lists($"an {side}'s dimensions change places", input,
                    list => Last(list, dimensions => [.. dimensions.Skip(1), dimensions[0]]));
                yield return Lists($"an {side} of several tensors lacks one", input,
                    list => list.Tensors.Count > 1 ? new TensorList([.. list.Tensors.SkipLast(1)]) : list);
                yield return Lists($"an {side} of several tensors calls one otherwise", input, list =>
                    list.Tensors.Count > 1 ? new TensorList([.. list.Tensors.SkipLast(1), list.Tensors[^1] with { Name = "W" }]) : list);
                yield return Placed($"an {side}'s placement is not told", input, _ => null);
                yield return Placed($"an {side}'s placement is a word", input, _ => PlacementList.Parse("somewhere"));
                yield return Placed($"an {side} that is replicated is owed a sum", input, Swap("=R", "=P"));
                yield return Placed($"an {side} that is owed a sum is replicated", input, Swap("=P", "=R"));
                yield return Placed($"an {side} that is sharded is replicated", input,
                    Swap("=S(batch_size)", "=R", "=S(seq_len)", "=R", "=S(heads)", "=R", "=S(ffn)", "=R", "=S(experts)", "=R"));
                yield return Placed($"an {side} is sharded along another dimension", input,
                    Swap("S(seq_len)", "S(hidden)", "S(heads)", "S(d_k)", "S(batch_size)", "S(seq_len)"));
                yield return Placed($"an {side} lacks an axis", input,
                    placements => placements.ToString().IndexOf(", ", StringComparison.Ordinal) is int comma and > 0
                    && !placements.ToString().Contains(';')
                    ? PlacementList.Parse(placements.ToString()[(comma + 2)..]) : placements);
            }

            yield return new("dimensions", "decode attends half of the prompt", HalfTheCache);
            yield return new("dimensions", "a KV transfer hands over other positions", graph => graph.ChangeFacts(
                row => row.Facts.Op == Ops.KvTransfer, facts => facts with { Output = Resize(facts.Output, "seq_len", size => size * 9) }));
            yield return new("dimensions", "a KV transfer takes other positions", graph => graph.ChangeFacts(
                row => row.Facts.Op == Ops.KvTransfer, facts => facts with { Input = Resize(facts.Input, "seq_len", size => size * 9) }));
        }
    }

    private static DamageKind Sizes(string name, bool input, string? dimension, Func<long, long> change) => new("dimensions", name, graph =>
    {
        string drawn = dimension ?? Dimensions[graph.Random.Next(Dimensions.Length)];
        return graph.ChangeFacts(
            row => true,
            facts => input ? facts with { Input = Resize(facts.Input, drawn, change) }
                : facts with { Output = Resize(facts.Output, drawn, change) });
    });

    private static DamageKind Lists(string name, bool input, Func<TensorList, TensorList> change) => new("dimensions", name, graph =>
        graph.ChangeFacts(row => true,
            facts => input ? facts with { Input = change(facts.Input) } : facts with { Output = change(facts.Output) }));

    private static DamageKind Placed(string name, bool input, Func<PlacementList, PlacementList?> change) =>
        new("placements", name, graph =>
        graph.ChangeFacts(
            row => (input ? row.Facts.InputPlacement : row.Facts.OutputPlacement) is not null
                && row.Facts.InputPlacement!.ToString().Length > 0,
            facts => input ? facts with { InputPlacement = change(facts.InputPlacement!) }
                : facts with { OutputPlacement = change(facts.OutputPlacement!) }));

    private static Func<PlacementList, PlacementList?> Swap(params string[] pairs) => placements =>
    {
        string text = placements.ToString();
        for (int i = 0; i < pairs.Length; i += 2)
        {
            int at = text.IndexOf(pairs[i], StringComparison.Ordinal);
            if (at >= 0)
                return PlacementList.Parse(string.Concat(text.AsSpan(0, at), pairs[i + 1], text.AsSpan(at + pairs[i].Length)));
        }

        return placements;
    };

    private static TensorList Resize(TensorList list, string dimension, Func<long, long> change) =>
        new([.. list.Tensors.Select(tensor => tensor with
    {
        Shape = new TensorShape(
            [.. tensor.Shape.Dimensions
            .Select(item => item.Name == dimension && item.Size is long size ? item with { Size = change(size) } : item)]),
    })]);

    private static TensorList Last(TensorList list, Func<Dimension[], Dimension[]> change) => list.Tensors.Count == 0 ? list
        : new TensorList(
        [.. list.Tensors.SkipLast(1), list.Tensors[^1] with { Shape = new TensorShape(change([.. list.Tensors[^1].Shape.Dimensions])) }]);

    private static bool HalfTheCache(GraphUnderDamage graph)
    {
        bool any = false;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            DagMutator.Row row = graph.Nodes[i];
            if (row.Facts.Op != Ops.Attention || row.Scope.Phase?.Kind != PhaseKind.Decode)
                continue;
            any = true;
            graph.Nodes[i] = row with
            {
                Facts = row.Facts with
                {
                    Input = new TensorList([.. row.Facts.Input.Tensors.Select(tensor => tensor.Name == "Q" ? tensor : tensor with
                    {
                        Shape = new TensorShape(
                            [.. tensor.Shape.Dimensions
                            .Select(item => item.Name == "seq_len" ? item with { Size = item.Size / 2 } : item)]),
                    })]),
                },
            };
        }

        return any && graph.Header.Phases.Count == 2;
    }
}
