using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as a Mermaid flowchart, for documents that draw such text themselves. Meant for overviews: Mermaid refuses more than
/// 500 edges and 50,000 characters (its defaults for <c>maxEdges</c> and <c>maxTextSize</c>), and so does this writer, with the way out.
/// Phases, stages and layers are subgraphs; communication is rounded, routing and aggregation lean, gate edges are dotted.
/// </summary>
public static class MermaidWriter
{
    private const int MaxEdges = 500;

    private const int MaxCharacters = 50_000;

    /// <summary>The flowchart. Lines end in a line feed.</summary>
    /// <exception cref="InputException">The DAG is too large for Mermaid.</exception>
    public static string ToText(Dag dag)
    {
        if (dag.EdgeCount > MaxEdges)
            throw TooLarge(dag, dag.EdgeCount, "edges", MaxEdges);
        var text = new StringBuilder("flowchart TB\n");
        int[] order = ForwardOrder.Compute(dag.Topology, CancellationToken.None);
        int[] position = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            position[order[i]] = i;
        bool[] visible = new bool[dag.NodeCount];
        Array.Fill(visible, true);
        int subgraphs = 0;
        foreach (IGrouping<PhaseId?, StageGroup> phase in Bands.Group(dag, visible, order, position).GroupBy(group => group.Phase))
        {
            bool named = Open(phase.Key is PhaseId kind ? kind.ToTitle() : null);
            foreach (StageGroup group in phase)
                WriteStage(group);
            Close(named);
        }

        WriteEdges(dag, text);
        WriteStyles(dag, text);
        if (text.Length > MaxCharacters)
            throw TooLarge(dag, text.Length, "characters", MaxCharacters);
        return text.ToString();

        void WriteStage(StageGroup group)
        {
            string? title = group.Stage is not null ? Words.Invariant($"Stage {group.Stage}") : null;
            if (group.MicroBatch >= 0)
                title = Words.Invariant($"{(title is null ? "M" : $"{title}, m")}icro-batch {group.MicroBatch}");
            bool stage = Open(title);
            foreach (Segment segment in group.Segments)
            {
                bool layer = Open(segment.Section != Section.Layer ? null
                    : segment.Layers is not null ? $"Layers {segment.Layers}"
                    : Words.Invariant($"Layer {segment.Layer}"));
                foreach (int node in segment.Nodes)
                    WriteNode(dag, node, text);
                Close(layer);
            }

            Close(stage);
        }

        bool Open(string? title)
        {
            if (title is null)
                return false;
            text.Append(CultureInfo.InvariantCulture, $"subgraph g{subgraphs++}[\"");
            Escape(title, text);
            text.Append("\"]\ndirection TB\n");
            return true;
        }

        void Close(bool opened)
        {
            if (opened)
                text.Append("end\n");
        }
    }

    // What was asked for already is no way out.
    private static InputException TooLarge(Dag dag, int count, string what, int most)
    {
        bool parts = dag.ScopeTable.ToArray().Select(scope => scope.Phase).Distinct().Count() > 1;
        string smaller = (dag.Detail != DetailLevel.Overview, parts) switch
        {
            (true, true) => "ask for the overview or for one phase, or write SVG or HTML",
            (true, false) => "ask for the overview, or write SVG or HTML",
            (false, true) => "ask for one phase, or write SVG or HTML",
            _ => "write SVG or HTML",
        };
        return new InputException(string.Create(
            CultureInfo.InvariantCulture, $"{dag.Name} has {count:N0} {what} and Mermaid draws at most {most:N0}: {smaller}"));
    }

    private static void WriteNode(Dag dag, int node, StringBuilder text)
    {
        NodeFacts facts = dag.FactsOf(node);
        (string open, string close) = facts.Kind.ToShape() switch
        {
            NodeShape.Ellipse => ("([\"", "\"])"),
            NodeShape.Parallelogram => ("[/\"", "\"/]"),
            _ => ("[\"", "\"]"),
        };
        text.Append(CultureInfo.InvariantCulture, $"n{node}{open}");
        Escape(facts.Name.Length == 0 ? " " : facts.Name, text);
        if (dag.GpusOf(node) is GpuSet gpus)
            text.Append("<br/>GPUs: ").Append(gpus);
        if (facts.WireBytes > 0)
            text.Append("<br/>").Append(Quantity.FormatBytes(facts.WireBytes)).Append(" on the wire");
        text.Append(CultureInfo.InvariantCulture, $"{close}:::{facts.Kind.ToName()}\n");
    }

    private static void WriteEdges(Dag dag, StringBuilder text)
    {
        foreach (DagEdge edge in dag.Edges)
        {
            string arrow = edge.Kind switch { EdgeKind.Gate or EdgeKind.Kv or EdgeKind.Order or EdgeKind.Token => "-.->",
                EdgeKind.Pipeline => "==>", _ => "-->" };
            string? label = edge.Label
                ?? edge.Kind switch { EdgeKind.Gate => "gate", EdgeKind.Kv => "KV cache", EdgeKind.Order => "order", _ => null };
            text.Append(CultureInfo.InvariantCulture, $"n{edge.GetSource().Index} {arrow}");
            if (!string.IsNullOrWhiteSpace(label))
            {
                text.Append("|\"");
                Escape(label, text);
                text.Append("\"|");
            }

            text.Append(CultureInfo.InvariantCulture, $" n{edge.GetTarget().Index}\n");
        }
    }

    private static void WriteStyles(Dag dag, StringBuilder text)
    {
        foreach (NodeKind kind in Enum.GetValues<NodeKind>())
        {
            if (!dag.Nodes.Any(node => node.Kind == kind))
                continue;
            (Shade fill, Shade line) = Theme.Of(kind);
            text.Append(CultureInfo.InvariantCulture,
                $"classDef {kind.ToName()} fill:{fill.Light},stroke:{line.Light},color:{Theme.Text.Light}\n");
        }
    }

    // Inside quotes Mermaid reads #name; and #number; as characters, HTML as markup, and a leading backtick as Markdown; %%{...}%% is a
    // directive wherever it stands.
    private static void Escape(string value, StringBuilder text)
    {
        foreach (char c in value)
        {
            switch (c)
            {
                case '"' or '#' or '%' or '&' or '<' or '>' or '`' or ';' or '\\':
                    text.Append(CultureInfo.InvariantCulture, $"#{(int)c};");
                    break;
                case '\n':
                    text.Append("<br/>");
                    break;
                case < ' ' or '\u007F':
                    text.Append(' ');
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
    }
}
