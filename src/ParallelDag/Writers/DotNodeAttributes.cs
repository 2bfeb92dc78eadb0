using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Precisions;

namespace ParallelDag.Writers;

/// <summary>The attribute list of a node: label, drawing and facts.</summary>
internal sealed class DotNodeAttributes
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private readonly Dag _dag;
    private readonly bool _isStated;
    private readonly bool _showMicroBatch;
    private readonly PieceCache _labelHeads;
    private readonly PieceCache _labelScopes;
    private readonly PieceCache _labelTails;
    private readonly PieceCache _scopes;
    private readonly PieceCache _facts;
    private readonly PieceCache _gpus;
    private readonly PieceCache _times;

    /// <param name="dag">The DAG.</param>
    /// <param name="isStated">True when the file states its schema, so that its facts are read strictly.</param>
    public DotNodeAttributes(Dag dag, bool isStated)
    {
        _dag = dag;
        _isStated = isStated;
        foreach (NodeScope scope in dag.ScopeTable)
            _showMicroBatch |= scope.MicroBatch > 0;
        _labelHeads = new PieceCache((text, facts) => text.Append(DotText.LabelPart(Facts(facts).Name)));
        _labelScopes = new PieceCache((text, scope) => AppendScopeLine(text, Scope(scope)));
        _labelTails = new PieceCache((text, facts) => AppendDimensionLines(text, Facts(facts)));
        _scopes = new PieceCache((text, scope) => AppendScope(text, Scope(scope)));
        _gpus = new PieceCache((text, gpus) => text.Append(dag.GpuTable[gpus]));
        _facts = new PieceCache((text, facts) => AppendFacts(text, Facts(facts)));
        _times = new PieceCache((text, time) => AppendTime(text, dag.Times!.Table[time]));
    }

    /// <summary>Writes <c> [label=..., shape=..., ...];</c> and a line end.</summary>
    public void Write(Utf8Sink sink, int node)
    {
        int facts = _dag.FactsColumn[node], scope = _dag.ScopeColumn[node];
        ReadOnlySpan<byte> gpus = _gpus[_dag.GpuColumn[node]];
        NodeDrawing? drawing = Facts(facts).Drawing;
        if (drawing is null)
        {
            sink.Bytes(" [label=\""u8);
            sink.Bytes(_labelHeads[facts]);
            sink.Bytes(_labelScopes[scope]);
            if (!gpus.IsEmpty)
            {
                sink.Bytes("\\nGPUs: "u8);
                sink.Bytes(gpus);
            }

            sink.Bytes(_labelTails[facts]);
            sink.Bytes("\", "u8);
        }
        else
            sink.Text(DrawnLabel(drawing));

        sink.Bytes(_facts[facts]);
        sink.Bytes(_scopes[scope]);
        if (_dag.GpuTable[_dag.GpuColumn[node]] is not null)
        {
            sink.Bytes(", gpus=\""u8);
            sink.Bytes(gpus);
            sink.Bytes("\""u8);
        }

        if (_dag.Times is NodeTimes times)
            sink.Bytes(_times[times.Ids[node]]);
        sink.Bytes("];\n"u8);
    }

    private static void AppendTime(StringBuilder text, NodeTime time)
    {
        if (time.Picoseconds > 0)
            text.Append(", seconds=").Append(time.Text);
        Text(text, "bound", time.Bound.ToName());
    }

    /// <summary>The label as the file had it, where such a label can stand in a DOT file.</summary>
    private static string DrawnLabel(NodeDrawing drawing) => drawing switch
    {
        { RawLabel: null } => " [",
        { IsHtml: true } when DotText.IsBalanced(drawing.RawLabel) => $" [label=<{drawing.RawLabel}>, ",
        { IsHtml: false } when DotText.IsQuotable(drawing.RawLabel) => $" [label={DotText.Quote(drawing.RawLabel)}, ",
        _ => $" [label=\"{DotText.LabelPart(drawing.Label ?? drawing.RawLabel)}\", ",
    };

    private NodeFacts Facts(int index) => _dag.FactsTable[index];

    private NodeScope Scope(int index) => _dag.ScopeTable[index];

    private void AppendScopeLine(StringBuilder text, NodeScope scope)
    {
        if (scope.Layers is not null)
            text.Append("\\nLayers ").Append(DotText.LabelPart(scope.Layers));
        else if (scope.Layer is not null)
            text.Append(Invariant, $"\\nLayer {scope.Layer}");
        else if (scope.Stage is not null)
            text.Append(Invariant, $"\\nStage {scope.Stage}");
        if (_showMicroBatch)
            text.Append(Invariant, $"\\nMicro-batch {scope.MicroBatch}");
    }

    private static void AppendDimensionLines(StringBuilder text, NodeFacts facts)
    {
        if (!facts.Input.IsEmpty)
            text.Append("\\nINPUT DIMENSION: ").Append(DotText.LabelPart(facts.Input.ToString()));
        if (!facts.Output.IsEmpty)
            text.Append("\\nOUTPUT DIMENSION: ").Append(DotText.LabelPart(facts.Output.ToString()));
    }

    private void AppendScope(StringBuilder text, NodeScope scope)
    {
        if (scope.Phase is PhaseId phase)
            text.Append(", phase=").Append(phase.ToName());
        if (scope.Stage is int stage)
            text.Append(Invariant, $", stage={stage}");
        AppendLayers(text, scope);
        Number(text, "microbatch", scope.MicroBatch, 0);
    }

    /// <summary>
    /// In a drawing <c>layer=0</c> is that layer; in a file of ours it says "outside the layers", which is a fact of a node with a phase.
    /// </summary>
    private void AppendLayers(StringBuilder text, NodeScope scope)
    {
        (int layer, string? layers) = _isStated ? LayerNotation.Of(scope) : (scope.Layer ?? -1, scope.Layers);
        Number(text, "layer", layer, _isStated && scope is { Phase: null, Layer: null } ? 0 : -1);
        Text(text, "layers", layers);
    }

    private static void AppendFacts(StringBuilder text, NodeFacts facts)
    {
        // A drawing that gave no shape keeps none: its meaning must not change by passing through.
        (Shade fill, Shade line) = Theme.Of(facts.Kind);
        string? shape = facts.Drawing is null ? facts.Kind.ToShape().ToName() : facts.Drawing.Shape;
        string? style = facts.Drawing is null ? "filled" : facts.Drawing.Style;
        text.Append(Invariant, $"color=\"{line.Light}\", fillcolor=\"{fill.Light}\"");
        Text(text, "shape", shape);
        Text(text, "style", style);
        Text(text, "title", facts.Name); // "name" is Graphviz's own: dot -Tjson would merge nodes of one name.
        if (facts.Drawing is not { KindSource: not KindSource.Stated })
        {
            // What was only guessed from a drawing is not stated as a fact.
            Text(text, "op", facts.Op);
            text.Append(", kind=").Append(facts.Kind.ToName());
        }

        Text(text, "experts", facts.Experts);
        Text(text, "input", facts.Input.IsEmpty ? null : facts.Input.ToString());
        Text(text, "output", facts.Output.IsEmpty ? null : facts.Output.ToString());
        Text(text, "input_placement", facts.InputPlacement?.ToString());
        Text(text, "output_placement", facts.OutputPlacement?.ToString());
        Text(text, "collective", facts.Collective.ToName());
        Number(text, "group_size", facts.GroupSize, 0);
        Number(text, "groups", facts.Groups, 0);
        Number(text, "bytes", facts.Bytes, 0);
        Number(text, "wire_bytes", facts.WireBytes, 0);
        if (facts.Flops != 0)
            text.Append(Invariant, $", flops={decimal.Truncate(facts.Flops)}");
        Text(text, "rate", facts.Rate?.ToName());
        Number(text, "hbm_bytes", facts.HbmBytes, 0);
        Text(text, "weight_blocks", facts.WeightBlocks);
        Number(text, "members", facts.Members, 1);
    }

    private static void Text(StringBuilder text, string name, string? value)
    {
        if (value is not null)
            text.Append(", ").Append(name).Append('=').Append(DotText.Value(value));
    }

    /// <summary>A number that differs from what its absence means; null is written as <c>varies</c>.</summary>
    private static void Number(StringBuilder text, string name, long? value, long absent)
    {
        if (value != absent)
            text.Append(Invariant, $", {name}={(value is long known ? known.ToString(Invariant) : "varies")}");
    }
}
