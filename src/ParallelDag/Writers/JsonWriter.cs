using System.Text;
using ParallelDag.Graphs;

namespace ParallelDag.Writers;

/// <summary>
/// Writes a DAG as <c>paralleldag.graph/1</c> (docs/graph.schema.json), one node or edge a line, plain integers, nothing lost:
/// <c>JsonReader</c> gives back an equal DAG. Streams in constant memory.
/// </summary>
public static class JsonWriter
{
    /// <summary>The value of <c>schema</c>.</summary>
    internal const string Schema = "paralleldag.graph/1";

    private const int CancellationStride = 1 << 12;

    /// <summary>Writes <paramref name="dag"/> as UTF-8 without a byte order mark. The stream stays open. O(V + E).</summary>
    public static void Write(Dag dag, Stream output, CancellationToken cancellation = default)
    {
        var sink = new Utf8Sink(output);
        new Pass(dag, sink, cancellation).Run();
        sink.Flush();
    }

    /// <summary>The JSON text of <paramref name="dag"/>.</summary>
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
        private readonly CancellationToken _cancellation;
        private readonly PieceCache _heads;
        private readonly PieceCache _scopes;
        private readonly PieceCache _gpus;
        private readonly PieceCache _tails;
        private readonly PieceCache _times;
        private readonly char[] _id = new char[4096];
        private byte[] _targetId = new byte[4096];
        private byte[] _sourceId = new byte[4096];

        public Pass(Dag dag, Utf8Sink sink, CancellationToken cancellation)
        {
            _dag = dag;
            _sink = sink;
            _cancellation = cancellation;
            _heads = new PieceCache((text, facts) => text.Append(JsonFacts.Head(dag.FactsTable[facts])));
            _scopes = new PieceCache((text, scope) => text.Append(JsonFacts.Scope(dag.ScopeTable[scope])));
            _gpus = new PieceCache((text, gpus) =>
                text.Append(dag.GpuTable[gpus] is GpuSet set ? $"\"gpus\":\"{set}\"," : "\"gpus\":null,"));
            _tails = new PieceCache((text, facts) => text.Append(JsonFacts.Tail(dag.FactsTable[facts])));
            _times = new PieceCache((text, time) => text.Append(JsonFacts.Time(dag.Times!.Table[time])));
        }

        public void Run()
        {
            _sink.Text(JsonFacts.Header(_dag.Header));
            _sink.Bytes("\n\"nodes\": ["u8);
            for (int node = 0; node < _dag.NodeCount; node++)
                WriteNode(node);
            _sink.Bytes("\n],\n\"edges\": ["u8);
            for (int node = 0; node < _dag.NodeCount; node++)
                WriteEdges(node);
            _sink.Bytes("\n]\n}\n"u8);
        }

        private void WriteNode(int node)
        {
            if (node % CancellationStride == 0)
                _cancellation.ThrowIfCancellationRequested();
            int facts = _dag.FactsColumn[node];
            _sink.Bytes(node == 0 ? "\n{\"id\":\""u8 : ",\n{\"id\":\""u8);
            int length = EncodeId(node, ref _targetId);
            _sink.Bytes(_targetId.AsSpan(0, length));
            _sink.Bytes("\","u8);
            _sink.Bytes(_heads[facts]);
            _sink.Bytes(_scopes[_dag.ScopeColumn[node]]);
            _sink.Bytes(_gpus[_dag.GpuColumn[node]]);
            _sink.Bytes(_tails[facts]);
            if (_dag.Times is NodeTimes times)
                _sink.Bytes(_times[times.Ids[node]]);
            _sink.Bytes("}"u8);
        }

        private void WriteEdges(int source)
        {
            if (_dag.Topology.OutDegree(source) == 0)
                return;
            int sourceLength = EncodeId(source, ref _sourceId);
            int edge = _dag.Topology.FirstEdge(source);
            foreach (int link in _dag.Topology.Out(source))
            {
                if (edge % CancellationStride == 0)
                    _cancellation.ThrowIfCancellationRequested();
                EdgeFacts facts = _dag.EdgeFactsOf(source, edge);
                _sink.Bytes(edge == 0 ? "\n{\"source\":\""u8 : ",\n{\"source\":\""u8);
                _sink.Bytes(_sourceId.AsSpan(0, sourceLength));
                _sink.Bytes("\",\"target\":\""u8);
                int targetLength = EncodeId(Topology.Node(link), ref _targetId);
                _sink.Bytes(_targetId.AsSpan(0, targetLength));
                _sink.Bytes(Topology.Kind(link) switch
                {
                    EdgeKind.Gate => "\",\"kind\":\"gate\",\"label\":"u8,
                    EdgeKind.Pipeline => "\",\"kind\":\"pipeline\",\"label\":"u8,
                    EdgeKind.Kv => "\",\"kind\":\"kv\",\"label\":"u8,
                    EdgeKind.Order => "\",\"kind\":\"order\",\"label\":"u8,
                    EdgeKind.Token => "\",\"kind\":\"token\",\"label\":"u8,
                    _ => "\",\"kind\":\"data\",\"label\":"u8,
                });
                WriteText(facts.Label);
                _sink.Bytes(",\"bytes\":"u8);
                _sink.Number(facts.Bytes);
                if (facts.Style is not null)
                {
                    _sink.Bytes(",\"style\":"u8);
                    WriteText(facts.Style);
                }

                _sink.Bytes("}"u8);
                edge++;
            }
        }

        /// <summary>The id of a node as the inside of a JSON string; the length of it in <paramref name="buffer"/>.</summary>
        private int EncodeId(int node, ref byte[] buffer)
        {
            ReadOnlySpan<char> id = _dag.TryFormatId(node, _id, out int length) ? _id.AsSpan(0, length) : _dag.IdOf(node);
            if (!id.ContainsAnyExcept(JsonFacts.PlainCharacters) && id.Length <= buffer.Length)
                return Encoding.ASCII.GetBytes(id, buffer);
            ReadOnlySpan<byte> encoded = JsonFacts.Encode(id).EncodedUtf8Bytes;
            if (encoded.Length > buffer.Length)
                buffer = new byte[encoded.Length];
            encoded.CopyTo(buffer);
            return encoded.Length;
        }

        private void WriteText(string? text)
        {
            if (text is null)
            {
                _sink.Bytes("null"u8);
                return;
            }

            _sink.Bytes("\""u8);
            _sink.Bytes(JsonFacts.Encode(text).EncodedUtf8Bytes);
            _sink.Bytes("\""u8);
        }
    }
}
