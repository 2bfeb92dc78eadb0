using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as a Graphviz digraph (docs/graph-files.md): what people read goes into labels, shapes, styles and clusters;
/// the same facts go into attributes that Graphviz passes over and <c>DotReader</c> reads back. A drawing of somebody else's goes out as it
/// came in. Streams: beside the DAG itself it holds 4 bytes a node.
/// </summary>
public static class DotWriter
{
    /// <summary>The value of the graph attribute <c>schema</c> by which a file of ours is known.</summary>
    internal const string Schema = "paralleldag.graph/1";

    private const int CancellationStride = 1 << 12;
    private const int DrawnBlock = 1 << 16;

    /// <summary>
    /// Writes <paramref name="dag"/> as UTF-8 without a byte order mark; a drawing of somebody else's byte for byte as it was read, in its
    /// own encoding. The stream stays open. O(V + E).
    /// </summary>
    public static void Write(Dag dag, Stream output, CancellationToken cancellation = default)
    {
        if (dag.Drawn is DotSource drawn)
            WriteDrawn(drawn, output, cancellation);
        else
            WriteAnew(dag, output, cancellation);
    }

    /// <summary>
    /// The DOT text of <paramref name="dag"/>. Text has no encoding, so a drawing in Latin-1, which states its own, is written anew.
    /// </summary>
    public static string ToText(Dag dag, CancellationToken cancellation = default)
    {
        if (dag.Drawn is { IsLatin1: false } drawn)
            return drawn.Text;
        using var stream = new MemoryStream();
        WriteAnew(dag, stream, cancellation);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteDrawn(DotSource drawn, Stream output, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(
            output, drawn.IsLatin1 ? Encoding.Latin1 : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        for (int at = 0; at < drawn.Text.Length; at += DrawnBlock)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Write(drawn.Text.AsSpan(at, Math.Min(DrawnBlock, drawn.Text.Length - at)));
        }
    }

    private static void WriteAnew(Dag dag, Stream output, CancellationToken cancellation)
    {
        var sink = new Utf8Sink(output);
        new Pass(dag, sink, cancellation).Run();
        sink.Flush();
    }

    /// <summary>One file on its way out.</summary>
    private sealed class Pass
    {
        // What a kind of edge looks like, from the opening bracket on.
        private static readonly byte[][] EdgeLooks = [.. Enum.GetValues<EdgeKind>().Select(kind => Encoding.UTF8.GetBytes(LooksOf(kind)))];

        private readonly Dag _dag;
        private readonly Utf8Sink _sink;
        private readonly CancellationToken _cancellation;
        private readonly ScopeOrder _order;
        private readonly bool _isStated;
        private readonly DotNodeAttributes _attributes;
        private readonly char[] _id = new char[4096];

        public Pass(Dag dag, Utf8Sink sink, CancellationToken cancellation)
        {
            _dag = dag;
            _sink = sink;
            _cancellation = cancellation;
            _order = new ScopeOrder(dag);
            _isStated = IsStated();
            _attributes = new DotNodeAttributes(dag, _isStated);
        }

        public void Run()
        {
            _sink.Bytes("digraph "u8);
            WriteId(_dag.Name);
            _sink.Bytes(" {\n"u8);
            _sink.Text(DotGraphAttributes.Of(_dag.Header, _isStated));
            WriteClusters();
            WriteEdges();
            _sink.Bytes("}\n"u8);
        }

        /// <summary>False for a drawing of somebody else's, whose facts were guessed in part: that file may not claim our schema.</summary>
        private bool IsStated()
        {
            foreach (NodeFacts facts in _dag.FactsTable)
            {
                if (facts.Drawing is { KindSource: not KindSource.Stated })
                    return false;
            }

            return true;
        }

        /// <summary>Blocks ascend, so a cluster opens where its level changes and closes when the next block lies outside of it.</summary>
        private void WriteClusters()
        {
            var open = new Stack<ScopeBlock>();
            for (int block = 0; block < _order.Blocks.Length; block++)
            {
                ScopeBlock inner = _order.Blocks[block];
                while (open.Count > 0 && !open.Peek().Holds(inner))
                    Close();
                foreach (ScopeBlock level in Levels(inner))
                {
                    if (!open.Contains(level))
                        Open(level, block);
                }

                foreach (int node in _order.NodesOf(block))
                    WriteNode(node, open.Count + 1);
            }

            while (open.Count > 0)
                Close();

            void Open(ScopeBlock level, int block)
            {
                Indent(open.Count + 1);
                _sink.Text(DotClusters.Opening(_dag, level, _order, block, new string(' ', 2 * (open.Count + 2))));
                open.Push(level);
            }

            void Close()
            {
                open.Pop();
                Indent(open.Count + 1);
                _sink.Bytes("}\n"u8);
            }
        }

        /// <summary>The clusters around a block, outermost first.</summary>
        private static IEnumerable<ScopeBlock> Levels(ScopeBlock block)
        {
            if (block.Phase is not null)
                yield return new ScopeBlock(block.Phase, null, null);
            if (block.Stage is not null)
                yield return new ScopeBlock(block.Phase, block.Stage, null);
            if (block.Layer is not null)
                yield return block;
        }

        private void WriteNode(int node, int depth)
        {
            if (node % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            Indent(depth);
            WriteNodeId(node);
            _attributes.Write(_sink, node);
        }

        private void WriteEdges()
        {
            long written = 0;
            foreach (int source in _order.Nodes)
            {
                int edge = _dag.Topology.FirstEdge(source);
                foreach (int link in _dag.Topology.Out(source))
                {
                    if (++written % CancellationStride == 0)
                        _cancellation.ThrowIfCancellationRequested();
                    _sink.Bytes("  "u8);
                    WriteNodeId(source);
                    _sink.Bytes(" -> "u8);
                    WriteNodeId(Topology.Node(link));
                    WriteEdgeAttributes(Topology.Kind(link), _dag.EdgeFactsOf(source, edge++));
                }
            }
        }

        private void WriteEdgeAttributes(EdgeKind kind, EdgeFacts facts)
        {
            _sink.Bytes(EdgeLooks[(int)kind]);
            string style = facts.Style ?? StyleOf(kind);
            if (style.Length > 0)
            {
                _sink.Bytes(", style="u8);
                _sink.Text(DotText.Value(style));
            }

            if (facts.Label is not null)
            {
                _sink.Bytes(", label=\""u8);
                _sink.Text(DotText.LabelPart(facts.Label));
                _sink.Bytes("\""u8);
            }

            if (facts.Bytes != 0)
            {
                _sink.Bytes(", bytes="u8);
                _sink.Number(facts.Bytes);
            }

            _sink.Bytes("];\n"u8);
        }

        private static string LooksOf(EdgeKind kind) => kind switch
        {
            EdgeKind.Data => " [kind=data",
            EdgeKind.Order => $" [kind=order, color=\"{Theme.Of(kind).Light}\", penwidth=0.8, arrowsize=0.6, constraint=false",
            EdgeKind.Gate => $" [kind=gate, color=\"{Theme.Of(kind).Light}\"",
            _ => $" [kind={kind.ToName()}, color=\"{Theme.Of(kind).Light}\", fontcolor=\"{Theme.LabelOf(kind).Light}\", penwidth=2",
        };

        private static string StyleOf(EdgeKind kind) => kind switch
        {
            EdgeKind.Gate => "dashed",
            EdgeKind.Kv => "bold",
            EdgeKind.Order or EdgeKind.Token => "dotted",
            _ => "",
        };

        private void WriteNodeId(int node)
        {
            if (_dag.TryFormatId(node, _id, out int length))
                WriteId(_id.AsSpan(0, length));
            else
                WriteId(_dag.IdOf(node));
        }

        private void WriteId(ReadOnlySpan<char> id) => DotText.WriteId(_sink, id);

        private void Indent(int depth)
        {
            for (int i = 0; i < depth; i++)
                _sink.Bytes("  "u8);
        }
    }
}
