using System.Text;
using ParallelDag.Graphs;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as GraphML (Brandes et al., "GraphML progress report", 2001; graphml.graphdrawing.org), which networkx, igraph, Gephi and
/// yEd
/// read. Facts are typed data under the names of the JSON graph; the name that people read is <c>label</c>, as those programs show it, and
/// what a node does not have is left out. Streams in constant memory.
/// </summary>
public static class GraphmlWriter
{
    private const int CancellationStride = 1 << 12;

    /// <summary>Writes <paramref name="dag"/> as UTF-8 without a byte order mark. The stream stays open. O(V + E).</summary>
    public static void Write(Dag dag, Stream output, CancellationToken cancellation = default)
    {
        var sink = new Utf8Sink(output);
        new Pass(dag, sink, cancellation).Run();
        sink.Flush();
    }

    /// <summary>The GraphML text of <paramref name="dag"/>.</summary>
    public static string ToText(Dag dag)
    {
        using var stream = new MemoryStream();
        Write(dag, stream);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>One file on its way out.</summary>
    private sealed class Pass
    {
        private readonly Dag _dag;
        private readonly Utf8Sink _sink;
        private readonly MarkupWriter _markup;
        private readonly CancellationToken _cancellation;
        private readonly PieceCache _facts;
        private readonly PieceCache _scopes;
        private readonly PieceCache _gpus;
        private readonly PieceCache _times;
        private readonly bool _numbered;
        private readonly char[] _id = new char[4096];

        public Pass(Dag dag, Utf8Sink sink, CancellationToken cancellation)
        {
            _dag = dag;
            _sink = sink;
            _markup = new MarkupWriter(sink);
            _cancellation = cancellation;
            _numbered = !GraphmlKeys.CanCarryIds(dag);
            _facts = new PieceCache((text, facts) => GraphmlKeys.Facts(text, dag.FactsTable[facts]));
            _scopes = new PieceCache((text, scope) => GraphmlKeys.Scope(text, dag.ScopeTable[scope]));
            _gpus = new PieceCache((text, gpus) => GraphmlKeys.Gpus(text, dag.GpuTable[gpus]));
            _times = new PieceCache((text, time) => GraphmlKeys.Time(text, dag.Times!.Table[time]));
        }

        public void Run()
        {
            _sink.Text(GraphmlKeys.Header(_dag, _numbered));
            for (int node = 0; node < _dag.NodeCount; node++)
                WriteNode(node);
            for (int node = 0; node < _dag.NodeCount; node++)
                WriteEdges(node);
            _sink.Bytes("</graph>\n</graphml>\n"u8);
        }

        private void WriteNode(int node)
        {
            if (node % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            _sink.Bytes("<node id=\""u8);
            WriteId(node);
            _sink.Bytes("\">"u8);
            if (_numbered)
            {
                var text = new StringBuilder();
                GraphmlKeys.Data(text, "nodeId", _dag.IdOf(node));
                _sink.Text(text.ToString());
            }

            _sink.Bytes(_facts[_dag.FactsColumn[node]]);
            _sink.Bytes(_scopes[_dag.ScopeColumn[node]]);
            _sink.Bytes(_gpus[_dag.GpuColumn[node]]);
            if (_dag.Times is NodeTimes times)
                _sink.Bytes(_times[times.Ids[node]]);
            _sink.Bytes("</node>\n"u8);
        }

        private void WriteEdges(int source)
        {
            int edge = _dag.Topology.FirstEdge(source);
            foreach (int link in _dag.Topology.Out(source))
            {
                if (edge % CancellationStride == 0)
                    _cancellation.ThrowIfCancellationRequested();
                EdgeFacts facts = _dag.EdgeFactsOf(source, edge++);
                _sink.Bytes("<edge source=\""u8);
                WriteId(source);
                _sink.Bytes("\" target=\""u8);
                WriteId(Topology.Node(link));
                _sink.Bytes("\"><data key=\"edgeKind\">"u8);
                _sink.Text(Topology.Kind(link).ToName());
                _sink.Bytes("</data>"u8);
                if (facts.Label is not null)
                {
                    _sink.Bytes("<data key=\"edgeLabel\">"u8);
                    _markup.Text(facts.Label);
                    _sink.Bytes("</data>"u8);
                }

                _sink.Bytes("<data key=\"edgeBytes\">"u8);
                _sink.Number(facts.Bytes);
                _sink.Bytes("</data></edge>\n"u8);
            }
        }

        private void WriteId(int node)
        {
            if (_numbered)
            {
                _sink.Bytes("n"u8);
                _sink.Number(node);
            }
            else
            {
                _markup.Text(_dag.TryFormatId(node, _id, out int length) ? _id.AsSpan(0, length) : _dag.IdOf(node));
            }
        }
    }
}
