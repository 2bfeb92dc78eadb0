using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// FLOPs of one GPU by operator, from the shapes on its node; a node has that times its members:
/// <code>
/// norm                    4 * elements                       residual add            1 * elements
/// linear m x k to n       2 * m*k*n                          FFN up                  once or, gated, twice 2mkn, the same throughout
/// QKV projection          2 * tokens*hidden*(heads + kv heads of K and V)*d, with norms of Q and K 4 per element more, the same throughout
/// attention, prefill      2 * pairs*heads*(d of Q + d of V), pairs = batch*S(S+1)/2, shared over sp as integers;
///                         fewer where a window or chunks mask some (<see cref="AttentionMasks"/>)
/// attention, decode       2 * batch*positions*heads*(d of Q + d of V)
/// aggregation             2 * elements of what it reads      communication, routing, embedding, sampling  0
/// others                  operations per row are one number in a layer
/// </code>
/// </summary>
internal sealed class OperationCounts(Inspection inspection)
{
    private readonly Dictionary<string, (decimal Flops, decimal Rows)> _perRow = [];
    private readonly Dictionary<(string Op, int? Layer), int> _choice = [];

    /// <summary>What is wrong, or null.</summary>
    public string? FaultOf(NodeFacts facts, PhaseId? phase, int? layer)
    {
        try
        {
            return Compare(facts, phase, layer);
        }
        catch (OverflowException)
        {
            return "sizes beyond any plan";
        }
    }

    private string? Compare(NodeFacts facts, PhaseId? phase, int? layer)
    {
        if (facts.Operator is not Operator row)
            return null;
        if (row.Kind is not (NodeKind.Computation or NodeKind.Aggregation) || row.Collective != CollectiveKind.None
            || row.Role == OperatorRole.Plain && row.Place == OperatorPlace.Entry)
            return facts.Flops == 0 ? null : Due(facts, [0]);
        if (inspection.Dag.Detail == DetailLevel.Overview)
            return facts.Flops >= 0 ? null : Due(facts, [0]);
        if (facts.Input.Tensors.Count == 0 || facts.Output.Tensors.Count == 0)
            return null; // PD004 names it.
        return row.Name switch
        {
            Ops.Sampling => Exactly(facts, layer, [0]),
            Ops.QkvProjection => Projection(facts, phase, layer),
            Ops.FfnUp => Exactly(facts, layer, Linear(facts), 2 * Linear(facts)),
            Ops.OutputProjection or Ops.FfnDown or Ops.Gate or Ops.LmHead => Exactly(facts, layer, Linear(facts)),
            _ => row.Role switch
            {
                OperatorRole.Norm => Exactly(facts, layer, 4 * Elements(facts.Input)),
                OperatorRole.Residual => Residual(facts, layer),
                OperatorRole.Aggregation => facts.Input.Tensors[0].Shape["experts"] is long experts
                    ? OfRows(facts, experts) : Exactly(facts, layer, 2 * Elements(facts.Input)),
                OperatorRole.Core when row.Name == Ops.Attention => Core(facts, phase, layer),
                OperatorRole.Experts => null, // Their rows differ with the routing: CheckExperts.
                OperatorRole.Plain when row.Reads is { Amount: ReadAmount.More } =>
                    facts.Flops > 0 ? null : Due(facts, [1]), // It reads the cache too.
                _ => PerRow(facts, phase, layer, Rows(facts.Output.Tensors[0].Shape) * facts.Members),
            },
        };
    }

    /// <summary>
    /// The experts of a layer together compute on as many rows as the selections chose, whoever got them: FLOPs per chosen row are one
    /// number in a graph.
    /// (Each row costs the same; where tp ranks share an expert each does its part.)
    /// </summary>
    public void CheckExperts()
    {
        try
        {
            CompareExperts();
        }
        catch (OverflowException)
        {
            inspection.Fault("experts of sizes beyond any plan");
        }
    }

    private void CompareExperts()
    {
        Dag dag = inspection.Dag;
        SectionIndex sections = inspection.Survey.Sections;
        var sums = new Dictionary<int, (decimal Flops, decimal Rows, int Node)>();
        var added = new Dictionary<int, (decimal Flops, int Node)>();
        foreach (int node in inspection.Nodes)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Role is not (OperatorRole.Experts or OperatorRole.Selection or OperatorRole.Aggregation))
                continue;
            int section = sections.Of(dag, node);
            if (facts.Role == OperatorRole.Aggregation)
            {
                if (facts.Input.Tensors is not [NamedTensor slots, ..] || slots.Shape["experts"] is null)
                    continue;
                decimal others = 2 * Elements(new TensorList([.. facts.Input.Tensors.Skip(1)])) * facts.Members;
                added[section] = (added.GetValueOrDefault(section).Flops + facts.Flops - others, node);
                continue;
            }

            (decimal Flops, decimal Rows, int Node) sum = sums.GetValueOrDefault(section);
            if (facts.Role == OperatorRole.Experts)
                sum = (sum.Flops + facts.Flops, sum.Rows, node);
            else if (facts.Output.Tensors is [NamedTensor chosen, ..])
                sum = (sum.Flops, sum.Rows + (Elements(chosen.Shape) * facts.Members), sum.Node);
            sums[section] = sum;
        }

        for (int section = 0; section < sections.Count && inspection.Alike is AlikeSections alike; section++)
        {
            if (sums.TryGetValue(alike.ModelOf(section), out (decimal, decimal, int) sum))
                sums[section] = sum;
            if (added.TryGetValue(alike.ModelOf(section), out (decimal, int) weighted))
                added[section] = weighted;
        }

        // Replicas of one token over tp select the same; what they do of it depends on the phase's mesh, so each phase has its own number.
        foreach (var phase in sums.Where(item => item.Value is { Flops: > 0, Rows: > 0 }).GroupBy(item => sections.Scopes[item.Key].Phase))
        {
            var usual = phase.GroupBy(item => item.Value.Flops / item.Value.Rows).OrderByDescending(same => same.Count()).First()
                .First().Value;
            foreach ((int section, (decimal flops, decimal rows, int node)) in phase)
            {
                if (flops * usual.Rows != usual.Flops * rows)
                    inspection.NodeFault(
                        node, "of experts that compute more or less per chosen token than others", sections.NameOf(section));
            }
        }

        // The weighted sums of a rank's own experts add up to one of all chosen rows.
        foreach (var phase in added.Where(item => sums.GetValueOrDefault(item.Key).Rows > 0)
            .GroupBy(item => sections.Scopes[item.Key].Phase))
        {
            decimal each = phase.GroupBy(item => item.Value.Flops / sums[item.Key].Rows).OrderByDescending(same => same.Count())
                .First().Key;
            foreach ((int section, (decimal flops, int node)) in phase)
            {
                if (flops / sums[section].Rows != each)
                    inspection.NodeFault(node, "of weighted sums over more or fewer rows than were chosen", sections.NameOf(section));
            }
        }

        foreach ((int section, (decimal flops, decimal rows, int node)) in sums)
        {
            if (flops == 0 && rows > 0)
                inspection.NodeFault(node, "of experts that compute nothing", sections.NameOf(section));
        }
    }

    /// <summary>2mkn: rows of the output, its own width, and the width of what is read.</summary>
    private static decimal Linear(NodeFacts facts)
    {
        TensorShape input = facts.Input.Tensors[0].Shape, output = facts.Output.Tensors[0].Shape;
        return 2 * Rows(output) * Width(input) * Width(output);
    }

    private string? Projection(NodeFacts facts, PhaseId? phase, int? layer)
    {
        // A latent is projected down and up by ranks that the graph does not tell; gates and shared keys make other products.
        if (facts.Output.Tensors is not [{ Name: "Q" }, { Name: "K" }, { Name: "V" }])
            return PerRow(facts, phase, layer, Rows(facts.Output.Tensors[0].Shape) * facts.Members);
        decimal plain = 2 * Elements(facts.Output) * Width(facts.Input.Tensors[0].Shape);
        decimal norms = 4 * (Elements(facts.Output.Tensors[0].Shape) + Elements(facts.Output.Tensors[1].Shape));
        return Exactly(facts, layer, plain, plain + norms);
    }

    private string? Core(NodeFacts facts, PhaseId? phase, int? layer)
    {
        if (facts.Input.Tensors.Count < 2 || facts.Input.Tensors[0].Shape is not { } query
            || ResidualsAndCaches.CacheLength(facts.Input) is not long positions
            || query["heads"] is not long heads || query["d_k"] is not long width
                || facts.Output.Tensors[0].Shape["d_k"] is not long valueWidth || query["batch_size"] is not long batch)
        {
            return PerRow(facts, phase, layer, Rows(facts.Output.Tensors[0].Shape) * facts.Members);
        }

        decimal perPair = 2m * heads * (width + valueWidth);
        if (phase?.Kind == PhaseKind.Prefill && IsBlock(facts))
            return Block(facts, perPair, batch, positions, query["seq_len"] ?? positions);
        decimal pairs = phase?.Kind == PhaseKind.Decode ? (decimal)batch * positions : (decimal)batch * positions * (positions + 1) / 2;
        bool split = PlacedTensor.InputsOf(facts)[0].Placement?[Axis.Sp]?.Dimension == "seq_len";
        if (split && inspection.Survey.MeshOf(phase) is null)
            return PerRow(facts, phase, layer, Rows(query) * facts.Members);
        // A part of a prompt sees what came before it.
        long earlier = phase?.Kind == PhaseKind.Prefill && !split && query["seq_len"] is long queries
            ? Math.Max(0, positions - queries) : 0;
        pairs -= (decimal)batch * earlier * (earlier + 1) / 2;
        int shares = split ? inspection.Survey.MeshOf(phase)!.Degree(Axis.Sp) : 1;

        // Ranks of one node may have shares that differ by a pair.
        decimal least = Math.Floor(pairs / shares) * perPair * facts.Members, most = Math.Ceiling(pairs / shares) * perPair * facts.Members;
        if (facts.Flops >= least && facts.Flops <= most && facts.Flops % perPair == 0)
            return null;
        if (phase?.Kind == PhaseKind.Decode && facts.Flops > 0 && facts.Flops < least
            && facts.Flops % (perPair * batch * facts.Members) == 0)
            return null; // So many positions of the cache, which an indexer chose.
        if (phase?.Kind == PhaseKind.Prefill && facts.Flops < least && facts.Flops % perPair == 0
            && (earlier > 0 ? facts.Flops > 0
                : AttentionMasks.Explain(facts.Flops / perPair / facts.Members * shares / batch, (decimal)shares / batch, positions)))
        {
            return null;
        }

        return $"{Number(facts.Flops)}, due {Number(least)}{(least == most ? "" : " to " + Number(most))}, or fewer for a window";
    }

    /// <summary>True for a block of ring attention, whose keys are those of one rank.</summary>
    private static bool IsBlock(NodeFacts facts)
    {
        foreach (PlacedTensor tensor in PlacedTensor.InputsOf(facts))
        {
            if (tensor.Name == "K" && tensor.Placement?[Axis.Sp]?.Dimension == "seq_len")
                return true;
        }

        return false;
    }

    /// <summary>A block of s positions has s*s/2 pairs a sequence, the rank's own s/2 more, or fewer for a window; halves that do not
    /// divide move some.</summary>
    private static string? Block(NodeFacts facts, decimal perPair, long batch, long positions, long queries)
    {
        decimal longest = Math.Max(positions, queries) + 1, most = batch * longest * (longest + 1) / 2 * perPair * facts.Members;
        return facts.Flops > 0 && facts.Flops <= most && facts.Flops % perPair == 0 ? null
            : $"{Number(facts.Flops)}, due at most {Number(most)}";
    }

    /// <summary>One operation an element for each input beside the first.</summary>
    private string? Residual(NodeFacts facts, int? layer)
    {
        decimal elements = Elements(facts.Input);
        return facts.Flops == 2 * elements * facts.Members && facts.Op == Ops.FfnResidual ? null : Exactly(facts, layer, elements);
    }

    /// <summary>Rows of a rank's own experts: at least those of the fullest one, at most what their shape has room for.</summary>
    private static string? OfRows(NodeFacts facts, long experts)
    {
        decimal room = 2 * Elements(facts.Input.Tensors[0].Shape), others = (2 * Elements(facts.Input)) - room;
        decimal least = ((room / Math.Max(1, experts)) + others) * facts.Members, most = (room + others) * facts.Members;
        return facts.Flops >= least && facts.Flops <= most ? null : $"{Number(facts.Flops)}, due {Number(least)} to {Number(most)}";
    }

    /// <summary>One of the given counts per GPU, and everywhere in a layer the same one of them.</summary>
    private string? Exactly(NodeFacts facts, int? layer, params ReadOnlySpan<decimal> perGpu)
    {
        for (int i = 0; i < perGpu.Length; i++)
        {
            if (facts.Flops != perGpu[i] * facts.Members)
                continue;
            if (perGpu.Length == 1 || perGpu[0] == 0 || _choice.TryAdd((facts.Op!, layer), i) || _choice[(facts.Op!, layer)] == i)
                return null;
            return string.Create(
                CultureInfo.InvariantCulture,
                    $"{facts.Flops:N0}, due {perGpu[_choice[(facts.Op!, layer)]] * facts.Members:N0} as elsewhere");
        }

        return Due(facts, perGpu);
    }

    /// <summary>Operations per row are one number; what has no rows has no operations.</summary>
    private string? PerRow(NodeFacts facts, PhaseId? phase, int? layer, decimal rows)
    {
        // Layers may differ; shards of another width, and phases that split otherwise, do another share of the work per row.
        string widths = string.Join(',', facts.Output.Tensors.Select(tensor => Width(tensor.Shape)));
        string key =
            $"{facts.Op}|{phase?.ToName()}|{layer}|{widths}|{facts.OutputPlacement?.ToString().Contains("=P", StringComparison.Ordinal)}";
        if (rows <= 0)
            return facts.Flops == 0 ? null : Due(facts, [0]);
        if (_perRow.TryAdd(key, (facts.Flops, rows)))
            return facts.Flops > 0 ? null : "0, which is no work for its rows";
        (decimal flops, decimal known) = _perRow[key];

        // Shards of an inner width that does not divide differ by a column: at most three matrices' worth.
        decimal column = 6 * Width(facts.Output.Tensors[0].Shape);
        return Math.Abs((facts.Flops / rows) - (flops / known)) <= column ? null
            : Words.Invariant($"{facts.Flops:N0}, due {flops / known * rows:N0} as elsewhere");
    }

    private static string Due(NodeFacts facts, ReadOnlySpan<decimal> perGpu)
    {
        string other = perGpu.Length > 1 ? " or " + Number(perGpu[1] * facts.Members) : "";
        return $"{Number(facts.Flops)}, due {Number(perGpu[0] * facts.Members)}{other}";
    }

    private static string Number(decimal count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static decimal Elements(TensorList list) => Bounded(CollectiveSizes.Elements(list));

    private static decimal Elements(TensorShape shape) => Bounded(CollectiveSizes.Elements(shape));

    private static decimal Bounded(Int128? elements) => elements is Int128 count && count < (Int128)1e24 ? (decimal)count : 0;

    /// <summary>Tokens of a shape: its sequences times positions, or tokens of experts.</summary>
    private static decimal Rows(TensorShape shape) => shape["tokens"] is long tokens
        ? (decimal)tokens * (shape["experts"] ?? 1) : (decimal)(shape["batch_size"] ?? 0) * (shape["seq_len"] ?? 0);

    /// <summary>What a shape holds of each token.</summary>
    private static decimal Width(TensorShape shape)
    {
        decimal width = 1;
        foreach (Dimension dimension in shape.Dimensions)
            width *= dimension.Name is "batch_size" or "seq_len" || dimension.Size is not (long size and < 1L << 40) ? 1 : size;
        return width;
    }
}
